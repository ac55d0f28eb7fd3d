# What tests/run and benches/run share, to be sourced: installing what is missing, starting servers, and stopping
# whatever was started.
# shellcheck shell=bash

# ---- Leaving: whatever was started ends with the script, which keeps what it makes in $scratch.

scratch='' postgres_bin=''
# The directories of the PostgreSQL clusters that are to be stopped.
postgres_clusters=()

# Ends a process and, first, what it started. Its own children are read before it is gone.
end_tree() {
  local child
  for child in $(cat "/proc/$1/task/$1/children" 2>/dev/null || true); do end_tree "$child"; done
  kill -TERM "$1" 2>/dev/null || true
}

leave() {
  local status=$? job cluster
  trap '' INT TERM
  for job in $(jobs -p); do end_tree "$job"; done
  wait || true
  for cluster in "${postgres_clusters[@]}"; do
    [[ -e $cluster/postmaster.pid ]] || continue
    as_postgres "$postgres_bin/pg_ctl" -D "$cluster" -m immediate -w stop >/dev/null ||
      printf '%s: PostgreSQL in %s could not be stopped\n' "$0" "$cluster" >&2
  done
  if [[ -n $scratch ]]; then rm -rf "$scratch"; fi
  exit "$status"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# ---- Tools.

as_root() {
  if ((EUID == 0)); then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    echo "this needs root, or sudo: $*" >&2
    return 1
  fi
}

apt_install() {
  command -v apt-get >/dev/null || { echo "missing: $*; without apt-get, install it yourself" >&2; return 1; }
  as_root apt-get update -qq &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

# The newest PostgreSQL's directory of programs. Debian keeps the server's out of PATH.
find_postgres() {
  local directory
  for directory in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V -r) "$(dirname "$(command -v initdb || echo /)")"; do
    if [[ -x $directory/initdb && -x $directory/pg_ctl && -x $directory/postgres ]]; then
      echo "$directory"
      return 0
    fi
  done
  return 1
}

require_compiler() {
  command -v cc >/dev/null || apt_install gcc libc6-dev
  cc --version | head -n 1
}

require_node() {
  command -v node >/dev/null || { echo "missing: node, 20 or newer" >&2; return 1; }
  command -v npm >/dev/null || { echo "missing: npm" >&2; return 1; }
  node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)' ||
    { echo "node $(node --version) is too old: 20 or newer" >&2; return 1; }
  echo "node $(node --version), npm $(npm --version 2>/dev/null)"
}

require_postgres() {
  find_postgres >/dev/null || apt_install postgresql
  "$(find_postgres)/postgres" --version
}

require_python() {
  python3 -c 'import ensurepip, venv' 2>/dev/null || apt_install python3 python3-venv
  python3 --version
}

# ---- PostgreSQL. It refuses to run as root, so root lends it the user that Debian made for it, or `nobody`.

postgres_user() { id -un postgres 2>/dev/null || echo nobody; }

as_postgres() {
  if ((EUID == 0)); then
    local user
    user=$(postgres_user)
    (cd / && setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups --reset-env "$@")
  else
    (cd / && "$@")
  fi
}

free_port() {
  node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'
}

# Makes a cluster in a directory below $scratch, with these options of initdb besides. It is to be stopped at the end
# by the shell that calls `stop_at_end`: functions may run in others.
make_cluster() {
  local directory=$1
  shift
  if ((EUID == 0)); then chown "$(postgres_user)" "$scratch"; fi
  as_postgres "$postgres_bin/initdb" -D "$directory" -U dcrf -A trust --no-sync --encoding=UTF8 "$@" >/dev/null
}

stop_at_end() { postgres_clusters+=("$1"); }

# Starts the cluster of a directory, with these settings besides, and leaves its port in <directory>.port. Another
# program may take the port between the look and the start: a few tries.
start_cluster() {
  local directory=$1 try port options
  shift
  for try in 1 2 3; do
    port=$(free_port)
    options="-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories= $*"
    if as_postgres "$postgres_bin/pg_ctl" -D "$directory" -l "$directory.log" -w -t 60 -o "$options" start >/dev/null; then
      echo "$port" >"$directory.port"
      echo "listening on 127.0.0.1:$port"
      return 0
    fi
    echo "try $try failed" >&2
  done
  cat "$directory.log" >&2
  return 1
}

# The URL of the cluster of a directory.
cluster_url() { echo "postgres://dcrf@127.0.0.1:$(cat "$1.port")/postgres"; }

# Certificates in a directory: those of a server (localhost, 127.0.0.1) and of a client (whose name is that of the user of
# the clusters), signed by an authority, and an authority that has signed none of them. They are good for a day.
make_certificates() {
  local directory=$1 name
  mkdir -p "$directory" && cd "$directory" || return
  for name in ca other; do
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj "/CN=dcrf tests $name" \
      -addext basicConstraints=critical,CA:TRUE -keyout "$name.key" -out "$name.pem" 2>/dev/null || return
  done
  sign() {
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$2" -keyout "$1.key" -out "$1.csr" 2>/dev/null &&
      openssl x509 -req -days 1 -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -out "$1.pem" \
        -extfile <(printf 'basicConstraints=CA:FALSE\nsubjectAltName=%s\n' "$3") 2>/dev/null
  }
  sign server localhost DNS:localhost,IP:127.0.0.1 && sign client dcrf DNS:client && chmod 644 ./*.key && openssl version
}

# A cluster that speaks TLS with the certificates of a directory, and asks for one at the database `certified`.
make_tls_cluster() {
  local directory=$1 certificates=$2
  make_cluster "$directory" --locale=C || return
  # It takes no key that others can read.
  as_postgres install -m 600 "$certificates/server.key" "$directory/server.key" &&
    as_postgres install -m 644 "$certificates/server.pem" "$certificates/ca.pem" "$directory" &&
    as_postgres sed -i '1i hostssl certified all 127.0.0.1/32 trust clientcert=verify-full' "$directory/pg_hba.conf"
}
