#!/usr/bin/env bash
# From nothing to an application that keeps files in Stave, each step a request to the API: a service, a project, a link between them,
# the variables in a file, two programs that use them, a new key while the old one still works, and everything gone again.
#
#   examples/quickstart.sh
#
# starts a Stave of its own in a new folder (the very first time it is installed and built, which takes a while) and removes both at the end.
# With a Stave that already runs on this machine:
#
#   STAVE_URL=http://127.0.0.1:7400 STAVE_TOKEN=stave_... STAVE_SINKS_DIR=/srv/variables examples/quickstart.sh
#
# Needs Node.js and curl 7.75 or newer, and for one step Python with boto3: name another one in PYTHON.
set -euo pipefail

grace_seconds=8

main() {
  examples=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
  work=$(mktemp -d "${TMPDIR:-/tmp}/stave-quickstart-XXXXXX")
  trap clean_up EXIT
  if [ -z "${STAVE_URL:-}" ]; then start_stave; fi
  [ -n "${STAVE_TOKEN:-}" ] || fail "STAVE_TOKEN is not set: name a token of $STAVE_URL"
  [ -d "${STAVE_SINKS_DIR:-}" ] || fail "STAVE_SINKS_DIR is not a folder: name what the api has as --sinks-dir"
  api GET /api/session 200
  say "Stave is ready at $STAVE_URL"

  # Some storage, with a limit. The built-in engine needs neither Docker nor another server.
  local name=quickstart-$$
  api POST /api/external-services 201 \
    "{\"name\": \"$name\", \"service_type\": \"s3\", \"parameters\": {\"quota_tier\": \"10gb\"}}"
  local service
  service=/api/external-services/$(field .id)
  say "the service $name is $(field .status), with room for 10 GB"

  # An application, and a place where it runs.
  api POST /api/projects 201 "{\"name\": \"$name\"}"
  api POST "/api/projects/$name/environments" 201 '{"name": "staging"}'
  say "the project $name has the environment staging"

  # The link between them: a bucket, and a key that opens nothing else.
  local link="$service/projects/$name" in="?environment=staging"
  api POST "$service/projects" 202 "{\"project_id\": \"$name\", \"environment\": \"staging\"}"
  finish_job
  api GET "$link$in" 200
  local bucket old_key
  bucket=$(field .bucket) old_key=$(field .access_key_id)
  say "linked: the bucket $bucket, and the key $old_key"

  # What the application has to know, in a file that follows every change.
  local file="$STAVE_SINKS_DIR/$name.env"
  api POST "$link/sinks$in" 202 "{\"kind\": \"dotenv\", \"path\": \"$name.env\"}"
  wait_until "the variables are in $file" sink_is_current "$link$in"
  grep -q "^S3_ACCESS_KEY=$old_key$" "$file" || fail "$file does not have the key $old_key"
  [ -n "$(find "$file" -perm 600)" ] || fail "others may read $file"
  say "$(grep -c '^[A-Z]' "$file") variables are in $file, which nobody else may read"

  # The application. It has no other settings than these.
  printf 'the bytes of a picture' > "$work/image.jpg"
  cp "$work/image.jpg" "$work/local-file.jpg"
  local output python=${PYTHON:-python3}
  output=$(run_with "$file" node "$examples/linked-app/upload.mjs") || fail "the program in Node.js has failed"
  say "Node.js: $output"
  if "$python" -c "import boto3" 2> /dev/null; then
    output=$(run_with "$file" "$python" "$examples/linked-app/upload.py") || fail "the program in Python has failed"
    say "Python: $output"
  else
    say "Python: left out, as $python has no boto3 (pip install boto3)"
  fi

  # A new key. The file has it at once; the old one works for those who have not read the file again.
  cp "$file" "$work/old.env"
  api POST "$link/rotate$in" 202 "{\"grace_seconds\": $grace_seconds}"
  finish_job
  api GET "$link$in" 200
  local new_key
  new_key=$(field .access_key_id)
  [ "$new_key" != "$old_key" ] || fail "the key is the same after the rotation"
  grep -q "^S3_ACCESS_KEY=$new_key$" "$file" || fail "$file has not got the new key"
  expect_read "$work/old.env" 200
  expect_read "$file" 200
  say "rotated: the old key works until $(field .previous_key.expires_at), the new key $new_key works as well"

  wait_until "the old key is refused" reads_with "$work/old.env" 403
  grep -q "<Code>InvalidAccessKeyId</Code>" "$work/body" || fail "the old key is refused otherwise: $(cat "$work/body")"
  expect_read "$file" 200
  say "the grace period is over: the old key is refused as InvalidAccessKeyId, the new one works"

  # What is in use is not deleted, not even with force.
  api DELETE "$service?force=true" 409
  local reason
  reason=$(field .detail)
  [[ $reason == *"$name"* ]] || fail "the reason does not name the project: $reason"
  say "the service is not deleted: $reason"

  api DELETE "$link$in" 202
  finish_job
  if grep -q "^S3_" "$file"; then fail "$file still has variables"; fi
  say "unlinked: the variables are gone from the file"

  api DELETE "$service?force=true" 204
  api GET "$service" 404
  api DELETE "/api/projects/$name" 204
  rm "$file"
  say "deleted: the service, its bucket with all objects, and the project"
}

# The gateway and the api, as `npm start` runs them, on free ports.
start_stave() {
  STAVE_SINKS_DIR=$work/variables
  mkdir "$STAVE_SINKS_DIR"
  STAVE_API_PORT=0 STAVE_API_SINKS_DIR=$STAVE_SINKS_DIR npm --prefix "$examples/.." start -- \
    --data-dir "$work/data" --port 0 --admin-port 0 > "$work/stave.log" 2>&1 &
  stave=$!
  patience=600 wait_until "Stave is ready" stave_is_ready
  STAVE_TOKEN=$(sed -n 's/^administrator token .*: //p' "$work/stave.log")
  STAVE_URL=$(sed -n 's/^ready //p' "$work/stave.log" | tail -n 1)
}

# It says so twice: the gateway first, then the api.
stave_is_ready() {
  kill -0 "$stave" 2> /dev/null || fail "npm start has ended: $(tail -n 5 "$work/stave.log")"
  [ "$(grep -c '^ready ' "$work/stave.log")" = 2 ]
}

# METHOD PATH STATUS [JSON]: sends a request, and ends the script unless the answer has the status. $answer has the answer.
api() {
  answer=$(curl -sS -X "$1" -H @- -H "Content-Type: application/json" ${4:+--data "$4"} -w '\n%{http_code}' \
    "$STAVE_URL$2" <<< "Authorization: Bearer $STAVE_TOKEN") || fail "$1 $2 was not answered"
  local status=${answer##*$'\n'}
  answer=${answer%$'\n'*}
  [ "$status" = "$3" ] || fail "$1 $2 was answered with $status instead of $3: $answer"
}

# A field of $answer, as .data.name
field() {
  node -p "JSON.parse(require('node:fs').readFileSync(0, 'utf8'))$1" <<< "$answer"
}

# Waits for the job that $answer names to go well.
finish_job() {
  local job
  job=$(field .job_id)
  wait_until "the job $job has ended" job_has_ended "$job"
}

job_has_ended() {
  api GET "/api/jobs/$1" 200
  case $(field .data.state) in
    completed) return 0 ;;
    failed | cancelled) fail "the job did not go well: $answer" ;;
    *) return 1 ;;
  esac
}

# Whether the only sink of the link has what the variables are now.
sink_is_current() {
  api GET "$1" 200
  [ "$(field .sinks[0].error)" = null ] || fail "the variables could not be written: $(field .sinks[0].error)"
  [ "$(field .sinks[0].is_current)" = true ]
}

# The object of the application, read by curl with the key of the file: the answer has to have the status.
expect_read() {
  reads_with "$1" "$2" || fail "the key of $1 was answered otherwise than with $2: $(cat "$work/body")"
}

reads_with() {
  local status
  # shellcheck source=/dev/null
  status=$(
    . "$1"
    curl -sS -o "$work/body" -w '%{http_code}' --aws-sigv4 "aws:amz:$S3_REGION:s3" \
      -H "x-amz-content-sha256: UNSIGNED-PAYLOAD" -K - "$S3_ENDPOINT/$S3_BUCKET/uploads/image.jpg" \
      <<< "user = \"$S3_ACCESS_KEY:$S3_SECRET_KEY\""
  ) || fail "S3 did not answer"
  [ "$status" = "$2" ]
}

# FILE COMMAND...: runs it in the work folder with the variables of the file.
run_with() {
  (set -a && . "$1" && cd "$work" && "${@:2}")
}

# WHAT COMMAND...: tries the command until it succeeds, for half a minute if nothing else is said.
wait_until() {
  local deadline=$((SECONDS + ${patience:-30}))
  until "${@:2}"; do
    [ "$SECONDS" -lt "$deadline" ] || fail "it did not come about that $1"
    sleep 0.2
  done
}

step=0
say() {
  step=$((step + 1))
  printf '%2d  %s\n' "$step" "$1"
}

fail() {
  printf 'quickstart: %s\n' "$1" >&2
  exit 1
}

clean_up() {
  if [ -n "${stave:-}" ]; then
    kill "$stave" 2> /dev/null || true
    wait "$stave" || true
  fi
  rm -rf "$work"
}

main "$@"
