/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Profile for machines without containers-common: the system calls that its policy of 2022 (Debian 12)
 * allows. A test compares the two where the file is installed.
 */
#include "bundle/seccomp_profile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/seccomp.h"
#include "image/json_text.h"
#include "os/cleanup.h"

/* EPERM rather than ENOSYS, which would make programs fall back to an older call. */
static const char refused[] =
    "bdflush io_pgetevents kexec_file_load kexec_load migrate_pages move_pages nfsservctl nice "
    "oldfstat oldlstat oldolduname oldstat olduname pciconfig_iobase pciconfig_read pciconfig_write "
    "sgetmask ssetmask swapcontext swapoff swapon sysfs uselib userfaultfd ustat vm86 vm86old "
    "vmsplice";

static const char allowed[] =
    "_llseek _newselect accept accept4 access adjtimex alarm bind brk capget capset chdir chmod chown "
    "chown32 clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime "
    "clock_gettime64 clock_nanosleep clock_nanosleep_time64 clone clone3 close close_range connect "
    "copy_file_range creat dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_ctl_old "
    "epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 execve execveat exit "
    "exit_group faccessat faccessat2 fadvise64 fadvise64_64 fallocate fanotify_mark fchdir fchmod "
    "fchmodat fchown fchown32 fchownat fcntl fcntl64 fdatasync fgetxattr flistxattr flock fork "
    "fremovexattr fsconfig fsetxattr fsmount fsopen fspick fstat fstat64 fstatat64 fstatfs fstatfs64 "
    "fsync ftruncate ftruncate64 futex futex_time64 futimesat get_mempolicy get_robust_list "
    "get_thread_area getcpu getcwd getdents getdents64 getegid getegid32 geteuid geteuid32 getgid "
    "getgid32 getgroups getgroups32 getitimer getpeername getpgid getpgrp getpid getppid getpriority "
    "getrandom getresgid getresgid32 getresuid getresuid32 getrlimit getrusage getsid getsockname "
    "getsockopt gettid gettimeofday getuid getuid32 getxattr inotify_add_watch inotify_init "
    "inotify_init1 inotify_rm_watch io_cancel io_destroy io_getevents io_setup io_submit ioctl "
    "ioprio_get ioprio_set ipc keyctl kill landlock_add_rule landlock_create_ruleset "
    "landlock_restrict_self lchown lchown32 lgetxattr link linkat listen listxattr llistxattr "
    "lremovexattr lseek lsetxattr lstat lstat64 madvise mbind membarrier memfd_create memfd_secret "
    "mincore mkdir mkdirat mknod mknodat mlock mlock2 mlockall mmap mmap2 mount mount_setattr "
    "move_mount mprotect mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 "
    "mq_timedsend mq_timedsend_time64 mq_unlink mremap msgctl msgget msgrcv msgsnd msync munlock "
    "munlockall munmap name_to_handle_at nanosleep newfstatat open open_tree openat openat2 pause "
    "pidfd_getfd pidfd_open pidfd_send_signal pipe pipe2 pivot_root pkey_alloc pkey_free "
    "pkey_mprotect poll ppoll ppoll_time64 prctl pread64 preadv preadv2 prlimit64 process_mrelease "
    "process_vm_readv process_vm_writev pselect6 pselect6_time64 ptrace pwrite64 pwritev pwritev2 "
    "read readahead readdir readlink readlinkat readv reboot recv recvfrom recvmmsg recvmmsg_time64 "
    "recvmsg remap_file_pages removexattr rename renameat renameat2 restart_syscall rmdir rseq "
    "rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend "
    "rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sched_get_priority_max "
    "sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler "
    "sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr "
    "sched_setparam sched_setscheduler sched_yield seccomp select semctl semget semop semtimedop "
    "semtimedop_time64 send sendfile sendfile64 sendmmsg sendmsg sendto set_mempolicy set_robust_list "
    "set_thread_area set_tid_address setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 "
    "setgroups setgroups32 setitimer setns setpgid setpriority setregid setregid32 setresgid "
    "setresgid32 setresuid setresuid32 setreuid setreuid32 setrlimit setsid setsockopt setuid "
    "setuid32 setxattr shmat shmctl shmdt shmget shutdown sigaction sigaltstack signal signalfd "
    "signalfd4 sigpending sigprocmask sigreturn sigsuspend socketcall socketpair splice stat stat64 "
    "statfs statfs64 statx symlink symlinkat sync sync_file_range syncfs syscall sysinfo syslog tee "
    "tgkill time timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 "
    "timer_settime timer_settime64 timerfd timerfd_create timerfd_gettime timerfd_gettime64 "
    "timerfd_settime timerfd_settime64 times tkill truncate truncate64 ugetrlimit umask umount "
    "umount2 uname unlink unlinkat unshare utime utimensat utimensat_time64 utimes vfork wait4 waitid "
    "waitpid write writev";

/* System calls of some architectures only. */
static const struct {
    const char *names, *arches;
} native[] = {
    {"sync_file_range2", "ppc64le"},
    {"arm_fadvise64_64 arm_sync_file_range breakpoint cacheflush set_tls sync_file_range2", "arm arm64"},
    {"arch_prctl", "amd64 x32"},
    {"modify_ldt", "amd64 x32 x86"},
    {"s390_pci_mmio_read s390_pci_mmio_write s390_runtime_instr", "s390 s390x"},
};

/* Allowed with the capability, EPERM without it. */
static const struct {
    const char *names, *capability;
} privileged[] = {
    {"open_by_handle_at", "CAP_DAC_READ_SEARCH"},
    {"bpf fanotify_init lookup_dcookie perf_event_open quotactl setdomainname sethostname setns",
     "CAP_SYS_ADMIN"},
    {"chroot", "CAP_SYS_CHROOT"},
    {"delete_module finit_module init_module query_module", "CAP_SYS_MODULE"},
    {"acct", "CAP_SYS_PACCT"},
    {"kcmp process_madvise", "CAP_SYS_PTRACE"},
    {"ioperm iopl", "CAP_SYS_RAWIO"},
    {"clock_settime clock_settime64 settimeofday stime", "CAP_SYS_TIME"},
    {"vhangup", "CAP_SYS_TTY_CONFIG"},
};

/* PER_LINUX, PER_LINUX32, each with UNAME26, and the query. */
static const unsigned personalities[] = {0x0, 0x8, 0x20000, 0x20008, 0xffffffff};

#define EPERM_RET  1
#define EINVAL_RET 22
#define ENOSYS_RET 38
#define NETLINK    16 /* AF_NETLINK */
#define AUDIT      9  /* NETLINK_AUDIT */
#define LEN(array) (sizeof(array) / sizeof *(array))

static json_t *words(const char *text)
{
    cleanup_free char *copy = strdup(text);
    cleanup_json json_t *list = json_array();
    int r = copy && list ? 0 : -ENOMEM;

    for (char *rest = copy, *word; r == 0 && (word = rest ? strsep(&rest, " ") : NULL);)
        r = json_text_append(list, json_string(word));
    return r == 0 ? json_incref(list) : NULL;
}

struct making {
    json_t *rules;
    int r; /* once negative, nothing more is added */
};

/* Set a member; json_null() is skipped, NULL is an allocation failure. */
static int put_member(json_t *rule, const char *key, json_t *value)
{
    return json_is_null(value) ? 0 : json_text_put(rule, key, value);
}

/* Takes over the values: arguments and both kinds of conditions, each of which may be json_null(). A failure
 * fails the whole profile, since a rule without its conditions would allow more. */
static void add(struct making *m, const char *names, int error, json_t *args, json_t *includes,
                json_t *excludes)
{
    json_t *rule =
        json_pack("{s:o, s:s}", "names", words(names), "action", error ? "SCMP_ACT_ERRNO" : "SCMP_ACT_ALLOW");
    const int done[] = {put_member(rule, "errnoRet", error ? json_integer(error) : json_null()),
                        put_member(rule, "args", args), put_member(rule, "includes", includes),
                        put_member(rule, "excludes", excludes)};

    for (size_t i = 0; i < LEN(done); i++)
        if (m->r == 0)
            m->r = rule ? done[i] : -ENOMEM;
    if (m->r == 0)
        m->r = json_text_append(m->rules, json_incref(rule));
    json_decref(rule);
}

static json_t *when(const char *key, const char *text)
{
    return json_pack("{s:o}", key, words(text));
}

static json_t *compare(int index, const char *op, json_int_t value)
{
    return json_pack("{s:i, s:I, s:s}", "index", index, "value", value, "op", op);
}

/* Sending to the kernel's audit requires a capability; without it, pretend that there is no audit. */
static void add_sockets(struct making *m)
{
    static const char *const audit = "CAP_AUDIT_WRITE";

    add(m, "socket", EINVAL_RET,
        json_pack("[o, o]", compare(0, "SCMP_CMP_EQ", NETLINK), compare(2, "SCMP_CMP_EQ", AUDIT)),
        json_null(), when("caps", audit));
    add(m, "socket", 0, json_pack("[o]", compare(2, "SCMP_CMP_NE", AUDIT)), json_null(), when("caps", audit));
    add(m, "socket", 0, json_pack("[o]", compare(0, "SCMP_CMP_NE", NETLINK)), json_null(),
        when("caps", audit));
    add(m, "socket", 0, json_null(), when("caps", audit), json_null());
}

static json_t *architectures(void)
{
    return json_pack("[{s:s, s:[s, s]}, {s:s, s:[s]}, {s:s, s:[s]}]", "architecture", "SCMP_ARCH_X86_64",
                     "subArchitectures", "SCMP_ARCH_X86", "SCMP_ARCH_X32", "architecture",
                     "SCMP_ARCH_AARCH64", "subArchitectures", "SCMP_ARCH_ARM", "architecture",
                     "SCMP_ARCH_S390X", "subArchitectures", "SCMP_ARCH_S390");
}

json_t *seccomp_profile(void)
{
    cleanup_json json_t *rules = json_array();
    struct making making = {rules, rules ? 0 : -ENOMEM}, *m = &making;

    add(m, refused, EPERM_RET, json_null(), json_null(), json_null());
    add(m, allowed, 0, json_null(), json_null(), json_null());
    for (size_t i = 0; i < LEN(personalities); i++)
        add(m, "personality", 0, json_pack("[o]", compare(0, "SCMP_CMP_EQ", personalities[i])), json_null(),
            json_null());
    for (size_t i = 0; i < LEN(native); i++)
        add(m, native[i].names, 0, json_null(), when("arches", native[i].arches), json_null());
    for (size_t i = 0; i < LEN(privileged); i++) {
        add(m, privileged[i].names, 0, json_null(), when("caps", privileged[i].capability), json_null());
        add(m, privileged[i].names, EPERM_RET, json_null(), json_null(),
            when("caps", privileged[i].capability));
    }
    add_sockets(m);
    if (making.r < 0)
        return NULL;
    return json_pack("{s:s, s:i, s:o, s:O}", "defaultAction", "SCMP_ACT_ERRNO", "defaultErrnoRet", ENOSYS_RET,
                     "archMap", architectures(), "syscalls", rules);
}
