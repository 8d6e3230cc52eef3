/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs of mica. To add one:
 *
 *   1. NAME.c: its options, its `struct verb verb_NAME` with synopsis, words and examples, and a thin run()
 *      that parses options, makes one call into the store and prints;
 *   2. declare it below, list it in verbs.c and in meson.build;
 *   3. man/mica.1: tests/cli/run-cli fails until the verb and its options are there;
 *   4. completion.c: how its operands are completed. Its options are completed from the table in 1.
 */
#ifndef MICA_VERB_VERBS_H
#define MICA_VERB_VERBS_H

#include "command/verb.h"

extern const struct verb verb_commit, verb_diff, verb_export, verb_import, verb_images, verb_layers,
    verb_inspect, verb_mount, verb_umount, verb_mounts, verb_branches, verb_ls, verb_cat, verb_cp, verb_tree,
    verb_find_files, verb_waste, verb_which, verb_run, verb_shell, verb_bundle, verb_info, verb_verify,
    verb_tag, verb_rename, verb_rm, verb_gc, verb_df, verb_store, verb_help, verb_complete, verb_history,
    verb_manifest, verb_config;

extern const struct verb verb_lint, verb_report, verb_explore;

extern const struct verb *const verbs_all[]; /* ends with NULL */

#endif
