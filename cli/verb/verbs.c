/* SPDX-License-Identifier: Apache-2.0 */
/* The table of verbs, in the order of `mica help`. */
#include "verb/verbs.h"

const struct verb *const verbs_all[] = {
    &verb_import,     &verb_images, &verb_layers, &verb_history, &verb_inspect,  &verb_manifest,
    &verb_config,     &verb_mount,  &verb_umount, &verb_mounts,  &verb_branches, &verb_diff,
    &verb_commit,     &verb_export, &verb_ls,     &verb_cat,     &verb_cp,       &verb_tree,
    &verb_find_files, &verb_waste,  &verb_lint,   &verb_explore, &verb_report,   &verb_which,
    &verb_run,        &verb_shell,  &verb_bundle, &verb_tag,     &verb_rename,   &verb_rm,
    &verb_gc,         &verb_df,     &verb_info,   &verb_verify,  &verb_store,    &verb_help,
    &verb_complete,   NULL,
};
