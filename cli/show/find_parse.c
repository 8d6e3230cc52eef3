/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "show/find_node.h"
#include "show/size.h"

enum {
    MAX_NODES = 4096, /* and so how deep they nest */
};

struct parser {
    const char *const *words;
    int n, position;
    unsigned depth;
    bool has_action;
    const struct find_facts *facts;
    struct find_expr *e;
    struct err *err;
};

static const char *peek(const struct parser *p)
{
    return p->position < p->n ? p->words[p->position] : NULL;
}

static bool is_word(const char *word, const char *a, const char *b)
{
    return word && (strcmp(word, a) == 0 || strcmp(word, b) == 0);
}

static void find_node_release(struct find_node *node)
{
    if (node->regex)
        regfree(node->regex);
    free(node->regex);
}

static int add(struct parser *p, const struct find_node *node, uint32_t *ret)
{
    if (p->e->n == MAX_NODES)
        return err_set(p->err, EINVAL, "the expression has more than %d parts", MAX_NODES);
    *ret = p->e->n;
    p->e->nodes[p->e->n++] = *node;
    return 0;
}

static int join(struct parser *p, enum find_kind kind, uint32_t left, uint32_t right, uint32_t *ret)
{
    return add(p, &(struct find_node){.kind = kind, .left = left, .right = right}, ret);
}

/* ---- tests */

static int read_pattern(const char *text, struct find_node *ret)
{
    ret->text = text;
    return 0;
}

static const struct {
    const char *name, *other;
    enum find_kind kind;
    int (*read)(const char *text, struct find_node *ret);
    const char *what; /* its value is */
} tests[] = {
    {"-name", "-name", FIND_NAME, read_pattern, ""},
    {"-iname", "-iname", FIND_INAME, read_pattern, ""},
    {"-path", "-wholename", FIND_PATH, read_pattern, ""},
    {"-ipath", "-iwholename", FIND_IPATH, read_pattern, ""},
    {"-regex", "-regex", FIND_REGEX, find_value_regex, "a regular expression (of Emacs)"},
    {"-iregex", "-iregex", FIND_REGEX, find_value_iregex, "a regular expression (of Emacs)"},
    {"-lname", "-lname", FIND_LNAME, read_pattern, ""},
    {"-ilname", "-ilname", FIND_ILNAME, read_pattern, ""},
    {"-xattr", "-xattr", FIND_XATTR, read_pattern, ""},
    {"-type", "-type", FIND_TYPE, find_value_types,
     "letters of f, d, l, b, c, p and s with commas between them, each once"},
    {"-size", "-size", FIND_SIZE, find_value_size, "N, +N or -N and a unit of c, w, b, k, M and G"},
    {"-perm", "-perm", FIND_PERM, find_value_mode, "MODE, -MODE or /MODE, in octal or as u=rwx,g+s"},
    {"-uid", "-uid", FIND_UID, find_value_number, "N, +N or -N"},
    {"-gid", "-gid", FIND_GID, find_value_number, "N, +N or -N"},
    {"-links", "-links", FIND_LINKS, find_value_number, "N, +N or -N"},
    {"-inum", "-inum", FIND_INUM, find_value_number, "N, +N or -N"},
    {"-mtime", "-mtime", FIND_MTIME, find_value_number, "N, +N or -N"},
    {"-mmin", "-mmin", FIND_MMIN, find_value_number, "N, +N or -N"},
    {"-newermt", "-newermt", FIND_NEWER, find_value_time,
     "YYYY-MM-DD, \"YYYY-MM-DD HH:MM:SS\", a time of RFC 3339 or @SECONDS"},
};

static const struct {
    const char *name;
    struct find_node node;
} plain[] = {
    {"-true", {.kind = FIND_TRUE}},
    {"-false", {.kind = FIND_FALSE}},
    {"-empty", {.kind = FIND_EMPTY}},
    {"-nouser", {.kind = FIND_NO_USER}},
    {"-nogroup", {.kind = FIND_NO_GROUP}},
    {"-prune", {.kind = FIND_DO, .action = FIND_PRUNE}},
    {"-quit", {.kind = FIND_DO, .action = FIND_QUIT}},
    {"-print", {.kind = FIND_DO, .action = FIND_PRINT}},
    {"-print0", {.kind = FIND_DO, .action = FIND_PRINT0}},
    {"-ls", {.kind = FIND_DO, .action = FIND_LS}},
};

static int take_value(struct parser *p, const char *test, const char **ret)
{
    *ret = peek(p);
    if (!*ret)
        return err_set(p->err, EINVAL, "%s needs a value", test);
    p->position++;
    return 0;
}

static int parse_account(struct parser *p, const char *test, bool group, uint32_t *ret)
{
    struct find_node node = {.kind = group ? FIND_GID : FIND_UID};
    const char *value;
    uint32_t id;
    int r = take_value(p, test, &value);

    if (r < 0)
        return r;
    if (p->facts->account(p->facts->ctx, value, group, &id) == 0)
        node.number = id;
    else if (number_parse(value, &node.number) < 0)
        return err_set(p->err, EINVAL, "%s: the image's /etc/%s has no \"%s\"", test,
                       group ? "group" : "passwd", value);
    return add(p, &node, ret);
}

/* -newer and -samefile: a file of the image. */
static int parse_file(struct parser *p, const char *test, bool newer, uint32_t *ret)
{
    struct find_node node = {.kind = newer ? FIND_NEWER : FIND_INUM};
    struct tree_attr attr;
    const char *value;
    int r = take_value(p, test, &value);

    if (r < 0)
        return r;
    r = p->facts->look(p->facts->ctx, value, &attr);
    if (r < 0)
        return err_set(p->err, EINVAL, "%s: %s: %s", test, value, strerror(-r));
    node.time = attr.mtime;
    node.number = attr.ino;
    return add(p, &node, ret);
}

static int parse_depth(struct parser *p, const char *option, uint32_t *depth, uint32_t *ret)
{
    const char *value;
    uint64_t number;
    int r = take_value(p, option, &value);

    if (r < 0)
        return r;
    if (number_parse(value, &number) < 0 || number > UINT32_MAX - 1)
        return err_set(p->err, EINVAL, "%s: \"%s\" is no number of directories", option, value);
    *depth = (uint32_t)number;
    return join(p, FIND_TRUE, 0, 0, ret);
}

static int parse_test(struct parser *p, const char *word, uint32_t *ret)
{
    const char *value;
    int r;

    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        if (strcmp(word, plain[i].name) != 0)
            continue;
        p->has_action |= plain[i].node.kind == FIND_DO && plain[i].node.action != FIND_PRUNE;
        return add(p, &plain[i].node, ret);
    }
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
        struct find_node node = {.kind = tests[i].kind};
        if (!is_word(word, tests[i].name, tests[i].other))
            continue;
        r = take_value(p, word, &value);
        if (r < 0)
            return r;
        if (tests[i].read(value, &node) < 0)
            return err_set(p->err, EINVAL, "%s: \"%s\" is not %s", word, value, tests[i].what);
        r = add(p, &node, ret);
        if (r < 0)
            find_node_release(&node);
        return r;
    }
    if (is_word(word, "-user", "-group"))
        return parse_account(p, word, word[1] == 'g', ret);
    if (is_word(word, "-newer", "-samefile"))
        return parse_file(p, word, word[1] == 'n', ret);
    if (strcmp(word, "-maxdepth") == 0)
        return parse_depth(p, word, &p->e->max_depth, ret);
    if (strcmp(word, "-mindepth") == 0)
        return parse_depth(p, word, &p->e->min_depth, ret);
    if (is_word(word, "-exec", "-execdir") || is_word(word, "-ok", "-delete") ||
        is_word(word, "-printf", "-fprint"))
        return err_set(p->err, EINVAL,
                       "there is no action %s: -print0 with xargs(1), or mica ls -R --json with jq(1)", word);
    if (word[0] == '-')
        return err_set(p->err, EINVAL, "unknown test or action %s", word);
    return err_set(p->err, EINVAL, "\"%s\" is no test: give one PATH, before the expression", word);
}

/* ---- the grammar */

static int parse_or(struct parser *p, uint32_t *ret);

/* A test, "!" and "(" with what follows. */
static int parse_one(struct parser *p, const char *before, uint32_t *ret)
{
    const char *word = peek(p);
    uint32_t inner;
    int r;

    if (!word || is_word(word, ")", ")") || is_word(word, "-o", "-or") || is_word(word, "-a", "-and"))
        return err_set(p->err, EINVAL, "missing expression %s %s", before ? "after" : "before",
                       before ? before
                       : word ? word
                              : "the end");
    p->position++;
    if (!is_word(word, "!", "-not") && !is_word(word, "(", "("))
        return parse_test(p, word, ret);
    if (++p->depth > MAX_NODES)
        return err_set(p->err, EINVAL, "the expression is nested more than %d deep", MAX_NODES);
    if (is_word(word, "!", "-not")) {
        r = parse_one(p, word, &inner);
        return r < 0 ? r : join(p, FIND_NOT, inner, 0, ret);
    }
    if (is_word(peek(p), ")", ")"))
        return err_set(p->err, EINVAL, "empty parentheses");
    r = parse_or(p, ret);
    if (r < 0)
        return r;
    if (!is_word(peek(p), ")", ")"))
        return err_set(p->err, EINVAL, "the parenthesis is not closed");
    p->position++;
    return 0;
}

static int parse_and(struct parser *p, const char *before, uint32_t *ret)
{
    int r = parse_one(p, before, ret);

    while (r == 0) {
        const char *word = peek(p);
        uint32_t right;
        if (!word || is_word(word, ")", ")") || is_word(word, "-o", "-or"))
            return 0;
        bool said = is_word(word, "-a", "-and");
        p->position += said;
        r = parse_one(p, said ? word : NULL, &right);
        if (r == 0)
            r = join(p, FIND_AND, *ret, right, ret);
    }
    return r;
}

static int parse_or(struct parser *p, uint32_t *ret)
{
    int r = parse_and(p, NULL, ret);

    while (r == 0 && is_word(peek(p), "-o", "-or")) {
        const char *word = p->words[p->position++];
        uint32_t right;
        r = parse_and(p, word, &right);
        if (r == 0)
            r = join(p, FIND_OR, *ret, right, ret);
    }
    return r;
}

static int parse(struct parser *p)
{
    uint32_t top, print;
    int r = p->n ? parse_or(p, &top) : join(p, FIND_TRUE, 0, 0, &top);

    if (r == 0 && p->position < p->n)
        return err_set(p->err, EINVAL, "there is a \")\" too many");
    if (r == 0 && !p->has_action) {
        r = add(p, &(struct find_node){.kind = FIND_DO, .action = FIND_PRINT}, &print);
        if (r == 0)
            r = join(p, FIND_AND, top, print, &top);
    }
    p->e->top = r == 0 ? top : 0;
    return r;
}

int find_parse(const char *const *words, int n, const struct find_facts *facts, struct find_expr **ret,
               struct err *err)
{
    struct find_expr *e = calloc(1, sizeof *e);
    struct parser p = {.words = words, .n = n, .facts = facts, .e = e, .err = err};

    if (e)
        e->nodes = calloc(MAX_NODES, sizeof *e->nodes);
    if (!e || !e->nodes) {
        free(e);
        return err_set(err, ENOMEM, "out of memory");
    }
    e->now = facts->now;
    e->max_depth = UINT32_MAX;
    int r = parse(&p);
    if (r < 0) {
        find_free(e);
        return r;
    }
    *ret = e;
    return 0;
}

void find_free(struct find_expr *e)
{
    for (uint32_t i = 0; e && i < e->n; i++)
        find_node_release(&e->nodes[i]);
    if (e)
        free(e->nodes);
    free(e);
}

uint32_t find_min_depth(const struct find_expr *e)
{
    return e->min_depth;
}

uint32_t find_max_depth(const struct find_expr *e)
{
    return e->max_depth;
}
