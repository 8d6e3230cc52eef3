# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# npm installs made-up packages, without a network, from a cache that is in the lower layer.

# shellcheck source=tests/work/lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../lib.sh"

npm() { # ARGUMENT...: in the project
    as env -C "$here/project" HOME="$here" npm_config_cache="$here/cache" npm_config_audit=false npm_config_fund=false \
        npm_config_update_notifier=false npm_config_logs_max=0 "${before_npm[@]}" npm "$@"
}

# The first installation fills the cache.
project() {
    as mkdir "$here/project"
    as sh -c 'echo "{\"name\": \"project\", \"version\": \"1.0.0\", \"dependencies\": {\"p0\": \"1.0.0\", \"p1\": \"2.0.0\", \"p2\": \"1.0.0\"}}" >"$1"' - \
        "$here/project/package.json"
    cp "$work_folder/npm_registry" "$T/bin"
    before_npm=(/usr/bin/python3 "$T/bin/npm_registry" 150)
    npm install --silent
    before_npm=()
}

installations() {
    npm ci --offline --silent
    npm ls --all --parseable | sort
    again
    as rm -rf "$here/project/node_modules"
    npm install --offline --silent
    npm ls --all --parseable | sort
    as cp "$here/project/package.json" "$here/project/package-lock.json" "$here"
    npm uninstall --offline --silent p1
    npm ls --all --parseable | sort
    again
    as mv "$here/package.json" "$here/package-lock.json" "$here/project"
    npm install --offline --silent
    again
    npm ls --all --parseable | sort
    npm cache verify --silent | grep -v Finished
}

root_npm() {
    twice project installations
    same_trees --no-times --loose '*/_cacache/_lastverified' --loose '*/_update-notifier-last-checked'
}

main "$@"
