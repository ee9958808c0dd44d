# shellcheck shell=bash
# Sourced by the scripts of scripts/tools/ that need a program of Debian sid: fetches packages of it
# and unpacks them aside. Nothing is installed; needs apt and the machine's own mirror of Debian.
#
#   sid_fetch FOLDER [--with-libraries] PACKAGE...
#       FOLDER/root holds what is in these packages; a FOLDER/root that is there is whole.
#       --with-libraries: also all they depend on, recursively, down to libc
#   sid_mirror                prints the machine's mirror of Debian, from its apt sources
#
# APT_SOURCES names another folder than /etc/apt, for tests.

sid_mirror() {
  local mirror folder=${APT_SOURCES:-/etc/apt}
  # shellcheck disable=SC2016  # apt expands it
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages' 'Origin: Debian' \
    2>/dev/null | grep -v security | head -n 1) || true
  # Whose index is whose apt knows only after an update; what the sources say it always does.
  [ -n "$mirror" ] || mirror=$(_sid_sources "$folder" | grep -E '^(https?|file|mirror\+[a-z]+):' |
    grep -v security | grep -E '/debian/?$' | head -n 1) || true
  if [ -z "$mirror" ]; then
    echo "no mirror of Debian in $folder/sources.list and sources.list.d (expected: .../debian)" >&2
    return 69
  fi
  echo "$mirror"
}

# The URIs of the enabled entries with binary packages, of both formats (sources.list(5)).
_sid_sources() {
  local file
  for file in "$1"/sources.list "$1"/sources.list.d/*.list; do
    [ -f "$file" ] || continue
    sed -nE 's/^[[:space:]]*deb[[:space:]]+(\[[^]]*\][[:space:]]*)?([^[:space:]]+)[[:space:]].*/\2/p' "$file"
  done
  for file in "$1"/sources.list.d/*.sources; do
    [ -f "$file" ] || continue
    awk '
      function flush() {
        if (types ~ /(^| )deb( |$)/ && tolower(enabled) !~ /^(no|false|0|off|without|disable)$/) {
          count = split(uris, each, " ")
          for (i = 1; i <= count; i++) print each[i]
        }
        types = uris = enabled = field = ""
      }
      /^#/ { next }
      /^[[:space:]]*$/ { flush(); next }
      {
        line = $0
        if (line ~ /^[^[:space:]]/) {
          field = tolower(substr(line, 1, index(line, ":") - 1))
          line = substr(line, index(line, ":") + 1)
        }
        gsub(/[[:space:]]+/, " ", line)
        gsub(/^ | $/, "", line)
        if (field == "types") types = types " " line
        if (field == "uris") uris = uris " " line
        if (field == "enabled") enabled = line
      }
      END { flush() }' "$file"
  done
}

sid_fetch() {
  local folder=$1 work=$1/fetch mirror libraries='' package
  shift
  if [ "$1" = --with-libraries ]; then libraries=yes && shift; fi
  mirror=$(sid_mirror) || return
  rm -rf "$folder"
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/debs"
  printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s sid main\n' "$mirror" \
    >"$work/sid.list"
  # Lists, cache and a status of its own: the machine's package lists stay as they are, and what is
  # installed here is no reason to leave a library out.
  : >"$work/status"
  local own=(
    -o Dir::Etc::sourcelist="$work/sid.list" -o Dir::Etc::sourceparts=-
    -o Dir::State::lists="$work/lists" -o Dir::State::status="$work/status" -o Dir::Cache="$work/cache"
    -o APT::Get::List-Cleanup=0 -o APT::Sandbox::User=root -o Acquire::Languages=none)
  apt-get -q "${own[@]}" update || return
  local packages=("$@")
  if [ -n "$libraries" ]; then
    mapfile -t packages < <(_sid_with_libraries "$@")
  fi
  (cd "$work/debs" && apt-get -q "${own[@]}" download "${packages[@]}") || return
  for package in "$work"/debs/*.deb; do
    dpkg -x "$package" "$folder/root.new" || return
  done
  rm -rf "$work"
  # Last, so that a folder that is there is whole.
  mv "$folder/root.new" "$folder/root"
}

# Uses the array `own` of its caller. Only libraries of libraries: what a package wants for its
# installation or its service (debconf, perl, systemd) is not needed to run a program of it.
_sid_with_libraries() {
  local known=("$@") count=0
  while [ ${#known[@]} -gt "$count" ]; do
    count=${#known[@]}
    mapfile -t known < <(
      {
        printf '%s\n' "${known[@]}"
        apt-cache "${own[@]}" depends --no-recommends --no-suggests --no-conflicts --no-breaks \
          --no-replaces --no-enhances "${known[@]}" |
          sed -nE 's/^[ |]*(Pre)?Depends: ((lib|zlib)[^ :]*).*/\2/p' | grep -v debconf
      } | sort -u
    )
  done
  printf '%s\n' "${known[@]}"
}
