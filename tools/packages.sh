# shellcheck shell=bash
# What Assay needs from Debian, and why; installed with apt by ./dev, and only what is missing. Sourced, not run.
# Each line: group, package, what for. A group's reason is said before anything is installed.

package_table='
build   gcc                      compiler
build   libc6-dev                C library
build   meson                    build system
build   pkgconf                  finds libraries
build   libjansson-dev           JSON
build   libssl-dev               SHA-256, timestamps, TLS
build   libsodium-dev            Ed25519
build   libsqlite3-dev           case index, SQLite databases
build   libpq-dev                PostgreSQL
build   libmariadb-dev           MySQL and MariaDB
build   libhiredis-dev           Redis
build   libmongoc-dev            MongoDB
build   libyara-dev              rules of sweep
build   libarchive-dev           archives as streams
build   libexpat1-dev            XML of workbooks
build   libxml2-dev              HTML pages of articles
build   libfyaml-dev             statements in YAML 1.2
build   libseccomp-dev           confinement
build   libutf8proc-dev          one spelling per name
build   libidn2-dev              one spelling per mail domain
build   libisal-dev              gzip
build   zlib1g-dev               packed text within pages and phars, zip members
build   libbz2-dev               bzip2 as a stream
build   liblzma-dev              xz and lzma as streams
build   libzstd-dev              zstd as a stream
build   libcurl4-openssl-dev     timestamps over HTTP
build   libxxhash-dev            hash tables
build   tzdata                   days of a time zone
range   python3                  plays the incident
range   nginx                    web server of the invented shop
range   php-fpm                  runs the shop
range   php-cli                  builds the single-file Adminer
range   apache2                  the other web server of the invented shop
range   libapache2-mod-php       runs the shop within it
range   php-sqlite3              database of the shop
range   php-mysql                the same in MariaDB
range   php-pgsql                the same in PostgreSQL
range   php-mbstring             phpMyAdmin needs it
range   mariadb-server           database of the shop, by choice
range   postgresql               database of the shop, by choice
range   adminer                  the tool the intruder brings
range   phpmyadmin               the tool the intruder finds
range   time                     peak memory of each step
test    clang                    second compiler, sanitizers, fuzzing
test    libclang-rt-14-dev       sanitizer and fuzzing runtimes
test    llvm                     names the lines where a sanitizer speaks
test    clang-format             lint
test    clang-tidy               lint
test    shellcheck               lint
test    libcmocka-dev            unit tests
test    python3-pytest           tests of the whole program
test    chromium                 looks at the report
test    postgresql               a live database to match against
test    redis-server             what a found password opens
test    clickhouse-server        the same
test    python3-openpyxl         second opinion on workbooks
test    python3-jsonschema       exports against the published schemas
test    python3-icalendar        second opinion on calendars
test    openssl                  second opinion on signatures
test    openssh-client           an agent that keeps keys
test    golang-go                second opinion on the ledger
test    golang-golang-x-mod-dev  the same: sumdb/note and tlog
test    strace                   proves what a confined child cannot do
test    valgrind                 proves that secrets decide no branch and no address
test    binutils                 the same of instructions that valgrind does not know
test    sqlite3                  second opinion on the index
test    sysstat                  writes traffic counters for trace to read
test    vnstat                   the same
test    nfdump                   the same
manual  scdoc                    manual page
'

# group -> why
declare -A package_why=(
  [build]='to compile Assay'
  [range]='to re-enact the incident on loopback: real software, invented customers'
  [manual]='to write the manual page'
  [test]='to test it: second compiler, sanitizers, fuzzing, browser, database'
)

packages_missing() { # GROUP... -> names, one a line
  local wanted
  wanted=$(for group; do awk -v g="$group" '$1 == g { print $2 }' <<<"$package_table"; done | sort -u)
  # shellcheck disable=SC2086
  { dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null || true; } |
    awk '$1 == "installed" { print $2 }' | sort -u | comm -13 - <(printf '%s\n' "$wanted")
}

# Installs what is missing of these groups. Says what, why and how first.
packages_install() { # GROUP...
  local missing group as_root=() names
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "dev: this is not a Debian system: nothing is installed; tools/packages.sh lists what is needed" >&2
    return 0
  fi
  missing=$(packages_missing "$@")
  [[ -n $missing ]] || return 0
  if [[ $(id -u) -ne 0 ]]; then
    command -v sudo >/dev/null || {
      echo "dev: packages are missing and this is neither root nor is there sudo; as root: apt-get install $(tr '\n' ' ' <<<"$missing")" >&2
      return 1
    }
    as_root=(sudo)
  fi
  echo "Missing packages, installed now with ${as_root[*]:+${as_root[*]} }apt-get from this machine's own package sources:"
  for group; do
    names=$(awk -v g="$group" '$1 == g { print $2 }' <<<"$package_table" | sort -u | comm -12 - <(printf '%s\n' "$missing") | tr '\n' ' ')
    [[ -z $names ]] || {
      printf '  %s:\n' "${package_why[$group]}"
      fold -s -w 100 <<<"$names" | sed 's/^/    /'
    }
  done
  packages_apt "$missing" ${as_root[@]+"${as_root[@]}"}
}

# nginx, php-fpm and PostgreSQL bring services. None is wanted here: the range starts its own on loopback and ends
# them. So for the length of the installation a policy file tells Debian not to start services (unless the machine has a
# policy of its own), and services that came with it are switched off for the next start too.
packages_apt() ( # NAMES [SUDO]; a subshell, so that its trap also cleans up when it is interrupted
  names=$1 policy=/usr/sbin/policy-rc.d
  shift
  log=$(mktemp)
  if [[ ! -e $policy ]]; then
    echo "  (services that come with them are not started: $policy is there until apt is done)"
    trap '"$@" rm -f "$policy"' EXIT
    printf '#!/bin/sh\n# Placed by ./dev of assay while it installs packages: no service starts by itself.\nexit 101\n' |
      "$@" tee "$policy" >/dev/null
    "$@" chmod 755 "$policy"
  fi
  before=$(packages_services)
  # shellcheck disable=SC2086
  if ! {
    "$@" env DEBIAN_FRONTEND=noninteractive apt-get update -qq &&
      "$@" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $names
  } </dev/null >"$log" 2>&1; then
    tail -25 "$log" >&2
    echo "dev: apt-get failed; its whole log is $log" >&2
    exit 1
  fi
  rm -f "$log"
  if [[ -d /run/systemd/system ]]; then
    for service in $(comm -13 <(printf '%s\n' "$before") <(packages_services)); do
      "$@" systemctl disable --quiet --now "$service" &&
        echo "  ($service came along and is switched off; systemctl enable --now $service turns it on)"
    done
  fi
  echo "Installed."
)

packages_services() {
  local unit
  for unit in nginx postgresql apache2 php8.2-fpm mariadb redis-server clickhouse-server; do
    [[ ! -e /lib/systemd/system/$unit.service ]] || echo "$unit"
  done | sort
}
