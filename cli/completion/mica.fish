# SPDX-License-Identifier: Apache-2.0
# Completion of mica for fish. What a word may become is asked of mica itself: see cli/verb/complete.c.

function __mica_complete
    set -l words (commandline --current-process --tokenize --cut-at-cursor)[2..-1] (string unescape -- (commandline --current-token --cut-at-cursor); or commandline --current-token --cut-at-cursor)
    for line in (mica complete -- $words 2>/dev/null)
        switch $line
            case ':files'
                __fish_complete_path $words[-1]
            case ':directories'
                __fish_complete_directories $words[-1]
            case ':*' # fish puts no blank behind what ends so anyhow
            case '*'
                echo $line
        end
    end
end

complete --command mica --no-files --arguments '(__mica_complete)'
