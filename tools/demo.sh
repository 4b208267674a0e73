# shellcheck shell=bash
# ./dev demo: the same shop in two worlds, one in which it was breached and one in which it only looks so; each is
# examined as its parties would, and every command is shown with what it says. Sourced by ./dev.

# Runs a command in the current folder, shows it and a short form of what it prints, and what it took. Statuses 0, 1 and
# 2 are results (nothing found, found, could not tell); `must` steps have to end with 0.
demo_step() { # must|may COMMAND...
  local expect=$1 code=0 lines out=$demo_home/log.out took=$demo_home/log.time word
  shift
  printf '\n$'
  for word; do
    [[ $word =~ ^[A-Za-z0-9_./:=,-]+$ ]] || word=${word@Q}
    printf ' %s' "$word"
  done
  printf '\n'
  PATH=$demo_bin:$PATH NO_COLOR=1 /usr/bin/time -q -f '%e %M' -o "$took" "$@" >"$out" 2>&1 </dev/null || code=$?
  lines=$(wc -l <"$out")
  if [[ $lines -le 34 ]]; then
    cat "$out"
  else
    head -16 "$out"
    printf '        ... %d more lines ...\n' $((lines - 30))
    tail -14 "$out"
  fi
  # shellcheck disable=SC2046
  demo_took "$1 ${2:-}" "$code" $(cat "$took")
  if [[ $code -gt 2 || ($expect == must && $code -ne 0) ]]; then
    echo "dev: the demo stops: that should not have ended with status $code" >&2
    exit 1
  fi
}

demo_took() { # WHAT CODE SECONDS KILOBYTES
  printf '        (status %s, %s s, %d MB)\n' "$2" "$3" $((($4 + 999) / 1000))
  printf '%s\t%s\t%s\t%s\n' "$demo_world" "${1#assay }" "$3" $((($4 + 999) / 1000)) >>"$demo_home/steps"
}

# From the evidence the parties hold to a sealed case and a report.
demo_examine() { # REPORT
  local case=../maple-lane.case background=() file
  for file in background*; do
    background+=(--background "$file")
  done
  demo_step must assay open "$case" --name maple-lane --question 'Was Maple Lane Shop breached, as Northlight Intelligence published?'
  demo_step must assay state --case "$case" -f statements.yaml
  demo_step may assay sweep www --case "$case" --owner shop
  demo_step may assay trace access.log* --case "$case" --owner shop
  demo_step may assay match leak.csv --against sqlite:shop.sqlite "${background[@]}" --case "$case" --owner northlight --reference-owner shop
  demo_step may assay judge --case "$case"
  cp "$demo_home/log.out" "$demo_home/verdicts-$demo_world"
  demo_step must assay report --case "$case" -o "../../$1"
  demo_step must assay seal --case "$case"
  # the accused's opponent signs that it saw this state, and anybody can check one exhibit without the case
  demo_step must assay key new ../northlight.key --name northlight.example/desk
  demo_step must assay cosign --case "$case" --by northlight --key ../northlight.key
  demo_step must assay prove E01 --case "$case" -o ../E01.tlog-proof
  demo_step must assay verify ../E01.tlog-proof --vkey "$(cat "$case/vkey")"
  demo_step must assay export --case "$case" --format stix -o ../maple-lane.stix.json
  demo_step may assay status --case "$case"
  demo_step must assay verify "$case"
}

demo_all() {
  local tree=$PWD began=$SECONDS world
  demo_home=$PWD/demo
  demo_bin=$PWD/build
  mkdir -p build/log
  echo 'Compiling.'
  build_program >build/log/demo-build 2>&1 || { tail -40 build/log/demo-build; exit 1; }
  rm -rf demo
  mkdir demo
  printf '%s\n' \
    'A small web shop with 50,000 invented customers runs on this machine, on loopback only. Visitors come; in one world' \
    'an intruder too, who brings a backdoor and the real Adminer, exports the customers and tidies up. In the twin' \
    'world nobody breaks in: an administrator has an Adminer behind a password, and the "leak" was stitched from' \
    'other services. Both times a publication says the shop was breached, and the shop denies it.'
  for world in true twin; do
    demo_world=$world
    if [[ $world == true ]]; then
      printf '\n== The world in which it is true %s\n' '==============================================='
    else
      printf '\n== The twin, in which it only looks true %s\n' '======================================='
    fi
    cd "$tree" || exit
    # shellcheck disable=SC2154 # set by ./dev
    demo_step must "$python" -B tests/range/range.py --pace 1 --seed 7 --world "${world/twin/false}" --out "demo/$world"
    cd "demo/$world/evidence" || exit
    demo_examine "$([[ $world == true ]] && echo report.html || echo report-twin.html)"
  done
  cd "$tree" || exit
  demo_end $((SECONDS - began))
}

demo_end() { # SECONDS
  local world
  printf '\n== What it took %s\n\n%-6s %-26s %9s %12s\n' '================================================================' world step seconds 'peak memory'
  awk -F '\t' '{ sub(/.*python3 -B/, "the incident itself", $2); printf "%-6s %-26.26s %9.2f %9d MB\n", $1, $2, $3, $4 }' demo/steps
  printf '%-6s %-26s %9d\n' both 'everything' "$1"
  for world in true twin; do
    printf '\nVerdicts, %s world:\n' "$world"
    grep -E '^(\[.\]| +claim)' "demo/verdicts-$world" | sed 's/^/  /'
  done
  rm -f demo/log.out demo/log.time
  printf '\nThe report of the true world is demo/report.html, that of the twin demo/report-twin.html. Open them in a browser.\n'
}
