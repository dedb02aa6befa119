import type { shells } from "./index.ts";

type Shell = (typeof shells)[number];

/** Each asks `stave __complete` with the words so far, so what it offers is always that of the stave that is installed. */
export function completionScript(shell: Shell): string {
  return scripts[shell];
}

// For bash 3.2, which macOS has, and later.
const bash = String.raw`# Completion of stave for bash: source <(stave completion bash)
_stave() {
  local line=${"$"}{COMP_LINE:0:COMP_POINT} words current answer candidate skip
  # Not COMP_WORDS: it cuts words at colons and equals signs.
  read -ra words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  current=${"$"}{words[${"$"}{#words[@]} - 1]}
  answer=$("${"$"}{words[0]/#\~/$HOME}" __complete "${"$"}{words[@]:1}" 2>/dev/null </dev/null) || return 0
  COMPREPLY=()
  if [[ $answer == ":files" ]]; then
    type compopt &>/dev/null && compopt -o filenames
    while IFS= read -r candidate; do COMPREPLY+=("$candidate"); done < <(compgen -f -- "$current")
    return 0
  fi
  # What bash has cut off already is not given again.
  skip=""
  case $current in
    *[:=]*) skip=${"$"}{current%"${"$"}{current##*[:=]}"} ;;
  esac
  while IFS=$'\t' read -r candidate _; do
    [[ -n $candidate ]] && COMPREPLY+=("${"$"}{candidate#"$skip"}")
  done <<< "$answer"
  if [[ ${"$"}{#COMPREPLY[@]} == 1 && ${"$"}{COMPREPLY[0]} == *[/=] ]]; then
    type compopt &>/dev/null && compopt -o nospace
  fi
  return 0
}
complete -F _stave stave
`;

const zsh = String.raw`#compdef stave
# Completion of stave for zsh: source <(stave completion zsh)
_stave() {
  local -a answer plain open
  local line word about
  answer=("${"$"}{(@f)$("${"$"}{(Q)words[1]}" __complete "${"$"}{(@Q)words[2,CURRENT-1]}" "${"$"}{(Q)PREFIX}" 2>/dev/null </dev/null)}")
  if [[ ${"$"}{answer[1]} == ":files" ]]; then
    _files
    return
  fi
  for line in $answer; do
    word=${"$"}{line%%$'\t'*}
    about=""
    [[ $line == *$'\t'* ]] && about=${"$"}{line#*$'\t'}
    [[ -z $word ]] && continue
    if [[ $word == *[/=] ]]; then
      open+=("${"$"}{word//:/\\:}${"$"}{about:+:$about}")
    else
      plain+=("${"$"}{word//:/\\:}${"$"}{about:+:$about}")
    fi
  done
  (( ${"$"}{#plain} )) && _describe -V stave plain
  (( ${"$"}{#open} )) && _describe -V stave open -S ''
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
if [[ $funcstack[1] == _stave ]]; then _stave "$@"; else compdef _stave stave; fi
`;

const fish = String.raw`# Completion of stave for fish: stave completion fish > ~/.config/fish/completions/stave.fish
function __stave_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l answer ($words[1] __complete $words[2..-1] "$current" 2>/dev/null </dev/null)
    if test "$answer[1]" = ":files"
        __fish_complete_path "$current"
    else if set -q answer[1]
        printf '%s\n' $answer
    end
end
complete -c stave -e
complete -c stave -f -k -a '(__stave_complete)'
`;

const powershell = `# Completion of stave for PowerShell: stave completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName stave -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition -or "$_" -ne $wordToComplete } | Select-Object -Skip 1 | ForEach-Object { "$_" })
    # An empty word would be lost on its way to a program before PowerShell 7.3.
    $answer = @(& stave __complete "--last=$wordToComplete" @words 2>$null)
    if ($answer.Count -gt 0 -and $answer[0] -eq ':files') { return }
    foreach ($line in $answer) {
        $word, $about = $line -split "\`t", 2
        if (-not $about) { $about = $word }
        [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $about)
    }
}
`;

const scripts: Readonly<Record<Shell, string>> = { bash, zsh, fish, powershell };
