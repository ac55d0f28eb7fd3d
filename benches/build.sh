#!/usr/bin/env bash
# What it costs to build a generated crate: for 10, 50, 100 and 200 models of 10 columns, each with a serializer and a
# consumer, the time of `cargo build` and `cargo check` of that crate alone (best of three, without incremental
# compilation), and, with --timings, the dependencies that take longest.
#
#   benches/build.sh             the crates
#   benches/build.sh --timings   the dependencies, built from nothing

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scratch=$(mktemp -d "${TMPDIR:-/tmp}/dcrf-build.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
export CARGO_INCREMENTAL=0

definition() {
  node -e '
    const models = {}, serializers = {}, consumers = {};
    for (let model = 0; model < Number(process.argv[1]); model += 1) {
      const properties = {};
      for (let field = 0; field < 10; field += 1) {
        properties[`field${field}`] = field % 2 ? { type: "string", maxLength: 100 } : { type: "integer", minimum: 0 };
      }
      models[`Model${model}`] = { type: "object", properties, required: Object.keys(properties) };
      serializers[`Model${model}Serializer`] = { model: `Model${model}`, fields: "__all__" };
      const mixins = ["list", "retrieve", "create", "update", "patch", "delete"];
      consumers[`Model${model}Consumer`] = { serializer: `Model${model}Serializer`, mixins };
    }
    const runtime = { path: process.argv[2] };
    console.log(JSON.stringify({ name: "bench", runtime, models, serializers, consumers }));
  ' "$1" "$PWD/runtime"
}

cargo build --quiet --release
dcrf=$(cargo metadata --format-version 1 --no-deps | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')/release/dcrf

generate() {
  rm -rf "$scratch/crate"
  mkdir "$scratch/crate"
  definition "$1" >"$scratch/bench.json"
  "$dcrf" generate "$scratch/bench.json" --out "$scratch/crate" 2>/dev/null
  # The versions that the project itself is tested with.
  cp Cargo.lock "$scratch/crate/Cargo.lock"
  grep -q '^\[workspace\]' "$scratch/crate/Cargo.toml" || printf '\n[workspace]\n' >>"$scratch/crate/Cargo.toml"
}

# The best of three, in milliseconds.
best() {
  local start time best=
  for _ in 1 2 3; do
    touch "$scratch/crate/src/lib.rs"
    start=$(date +%s%N)
    cargo "$1" --quiet --manifest-path "$scratch/crate/Cargo.toml" --target-dir "$scratch/target"
    time=$((($(date +%s%N) - start) / 1000000))
    if [[ -z $best ]] || ((time < best)); then best=$time; fi
  done
  echo "$best"
}

if [[ ${1:-} == --timings ]]; then
  generate 10
  cargo build --timings --manifest-path "$scratch/crate/Cargo.toml" --target-dir "$scratch/target"
  node -e '
    const text = require("fs").readFileSync(process.argv[1], "utf8");
    const units = JSON.parse(/UNIT_DATA = (\[[\s\S]*?\]);/.exec(text)[1]);
    const total = units.reduce((sum, unit) => sum + unit.duration, 0);
    console.log(`${units.length} units, ${total.toFixed(0)} s of processors`);
    units.sort((left, right) => right.duration - left.duration);
    for (const unit of units.slice(0, 15)) console.log(`${unit.duration.toFixed(1).padStart(6)} s ${unit.name}${unit.target}`);
  ' "$scratch/target/cargo-timings/cargo-timing.html"
  exit
fi

printf '%8s %10s %10s %14s\n' models 'build ms' 'check ms' 'ms per model'
previous='' before=''
for models in 10 50 100 200; do
  generate "$models"
  cargo build --quiet --manifest-path "$scratch/crate/Cargo.toml" --target-dir "$scratch/target"
  build=$(best build)
  cargo check --quiet --manifest-path "$scratch/crate/Cargo.toml" --target-dir "$scratch/target"
  each=
  if [[ -n $previous ]]; then each=$(((build - before) / (models - previous))); fi
  printf '%8s %10s %10s %14s\n' "$models" "$build" "$(best check)" "${each:--}"
  previous=$models before=$build
done
