#!/usr/bin/env bash
# Writes a tar of Ceph's RADOS Gateway with what it needs to run alone, keeping its objects in SQLite files, to the file $1. It comes out
# of Debian packages that are unpacked and not installed. Needs Debian, root and the network.
set -euo pipefail
suite=trixie
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

main() {
  unpack radosgw dash libc-bin
  pick
  configure
  tar -C "$work/image" --sort=name --mtime=@0 --numeric-owner -cf "$1" .
}

unpack() {
  mkdir -p "$work"/lists/partial "$work"/cache/archives/partial "$work"/all/usr/{bin,sbin,lib,lib64}
  : > "$work/status"
  local mirror
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages' 'Label: Debian' | sort -u | head -1)
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" > "$work/sources.list"
  # Lists and a status of its own: what is installed on this machine neither counts nor changes.
  local apt=(apt-get -qq -y -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/cache" -o "Dir::State::status=$work/status"
    -o APT::Install-Recommends=false -o APT::Sandbox::User=root)
  "${apt[@]}" update
  "${apt[@]}" install --download-only "$@" >/dev/null
  for folder in bin sbin lib lib64; do ln -s "usr/$folder" "$work/all/$folder"; done
  local package
  for package in "$work"/cache/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x -C "$work/all" --keep-directory-symlink --wildcards \
      --exclude='./usr/share/*' --exclude='./usr/lib/python3*'
  done
  chroot "$work/all" /sbin/ldconfig
}

# Two programs and a shell, with the libraries that they load.
pick() {
  local all=$work/all image=$work/image loader libraries program
  mkdir -p "$image"/usr/{bin,sbin,lib,lib64} "$image"/{data,tmp,etc/ceph}
  chmod 1777 "$image/tmp"
  for folder in bin sbin lib lib64; do ln -s "usr/$folder" "$image/$folder"; done
  loader=$(cd "$all" && compgen -G 'lib64/ld-linux-*' || compgen -G 'lib/ld-linux-*')
  for program in radosgw radosgw-admin dash; do
    cp "$all/usr/bin/$program" "$image/usr/bin/"
    chroot "$all" "/$loader" --list "/usr/bin/$program"
  done | awk '/=> \//{ print $3 }' | sort -u > "$work/libraries"
  while read -r library; do
    mkdir -p "$image$(dirname "$library")"
    cp -L "$all$library" "$image$library"
  done < "$work/libraries"
  cp -L "$all/$loader" "$image/$loader"
  ln -s dash "$image/usr/bin/sh"
  # Plugins, which no list of libraries names.
  libraries=usr/lib/$(uname -m)-linux-gnu
  cp -r "$all/$libraries/ceph" "$image/$libraries/"
}

configure() {
  local image=$work/image
  : > "$image/etc/mime.types"
  printf 'root:x:0:0::/:/bin/sh\ns3:x:10001:10001::/data:/bin/sh\n' > "$image/etc/passwd"
  printf 'root:x:0:\ns3:x:10001:\n' > "$image/etc/group"
  # Without both stores it looks for monitors of a cluster. Fewer threads than its 512: containers have a limit of processes.
  cat > "$image/etc/ceph/ceph.conf" <<'CONF'
[global]
rgw backend store = dbstore
rgw config store = dbstore
dbstore db dir = /data
dbstore config uri = file:/data/config.db
rgw data = /data
rgw frontends = beast port=9000
rgw thread pool size = 64
rgw mime types file = /etc/mime.types
log to stderr = true
err to stderr = true
log file =
admin socket =
run dir = /tmp
CONF
  cat > "$image/entry.sh" <<'ENTRY'
#!/bin/sh
set -e
common="--no-mon-config --conf=/etc/ceph/ceph.conf --name=client.admin"
if [ ! -e /data/.user ]; then
  radosgw-admin $common user create --uid=root --display-name=root \
    --access-key="$S3_ACCESS_KEY" --secret-key="$S3_SECRET_KEY" >/dev/null
  : > /data/.user
fi
exec radosgw -f $common
ENTRY
  chmod 755 "$image/entry.sh"
  chown 10001:10001 "$image/data"
}

main "$1"
