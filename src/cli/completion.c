#include "cli/completion.h"

#include <string.h>

/* What may stand where an option or a command takes a value. */
enum value {
    VALUE_NONE,  /* it takes none */
    VALUE_OTHER, /* nothing that a shell could know */
    VALUE_FILE,
    VALUE_DIR,
    VALUE_URL,
    VALUE_WORDS, /* one of the row's words */
    VALUE_LIST,  /* some of them, with commas between them */
};

const char *const hl_shell_words[] = {"bash", "zsh", "fish", NULL};

/* How FILE, DIR and others are told apart: by the word that help has. */
static enum value value_named(const char *argument)
{
    if (argument == NULL)
        return VALUE_NONE;
    if (strstr(argument, "FILE") != NULL)
        return VALUE_FILE;
    if (strcmp(argument, "URL") == 0)
        return VALUE_URL;
    return strcmp(argument, "DIR") == 0 ? VALUE_DIR : VALUE_OTHER;
}

static enum value value_of(const struct hl_opt *row)
{
    if (row->words == NULL || row->argument == NULL)
        return value_named(row->argument);
    return strcmp(row->argument, "LIST") == 0 ? VALUE_LIST : VALUE_WORDS;
}

static enum value operand_value(const struct hl_opt_command *command)
{
    return command->operand_words != NULL ? VALUE_WORDS
                                          : value_named(command->operand);
}

static bool is_offered(const struct hl_opt *row)
{
    return row->help != NULL && row->kind != HL_OPT_REFUSED;
}

static bool is_repeatable(const struct hl_opt *row)
{
    return row->kind == HL_OPT_STRINGS || row->adds;
}

static void put_words(struct hl_buf *out, const char *const *words)
{
    for (; *words != NULL; words++)
        hl_buf_printf(out, "%s%s", *words, words[1] != NULL ? " " : "");
}

/* Adds text that stands between single quotes, with the characters of special
 * behind a backslash. zsh ends the quotes for a quote, fish escapes it. */
static void put_quoted(struct hl_buf *out, const char *text,
                       const char *special, const char *quote)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            hl_buf_text(out, quote);
            continue;
        }
        if (strchr(special, *text) != NULL)
            hl_buf_text(out, "\\");
        hl_buf_add(out, text, 1);
    }
}

/* Calls put for each option of the command that is offered. */
static void each_row(struct hl_buf *out, const struct hl_opt_command *command,
                     void (*put)(struct hl_buf *out, const char *command,
                                 const struct hl_opt *row))
{
    for (const struct hl_opt_table *t = command->tables; t->rows != NULL; t++)
        for (const struct hl_opt *row = t->rows; row->name != NULL; row++)
            if (is_offered(row))
                put(out, command->name, row);
}

static const char bash_head[] =
    "# Completions of haul for bash, by: haul --completion bash\n"
    "_haul()\n"
    "{\n"
    "    local IFS=$' \\t\\n' cur prev command=get kind=other words= options=\n"
    "    local head=\n"
    "    cur=${COMP_WORDS[COMP_CWORD]}\n"
    "    prev=${COMP_WORDS[COMP_CWORD-1]}\n"
    "    # --name=value comes as three words.\n"
    "    if [[ $cur == = ]]; then\n"
    "        cur=\n"
    "    elif [[ $prev == = ]]; then\n"
    "        prev=${COMP_WORDS[COMP_CWORD-2]}\n"
    "    fi\n"
    "    COMPREPLY=()\n";

static const char bash_end[] =
    "    esac\n"
    "    case $kind in\n"
    "    options)\n"
    "        COMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n"
    "        ;;\n"
    "    words)\n"
    "        COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
    "        ;;\n"
    "    list)\n"
    "        [[ $cur != *,* ]] || head=${cur%,*},\n"
    "        COMPREPLY=($(compgen -P \"$head\" -W \"$words\" -- "
    "\"${cur##*,}\"))\n"
    "        ;;\n"
    "    files | dirs)\n"
    "        local only=()\n"
    "        [[ $kind == files ]] || only=(-d)\n"
    "        if declare -F _filedir >/dev/null; then\n"
    "            _filedir \"${only[@]}\"\n"
    "        else\n"
    "            compopt -o filenames 2>/dev/null\n"
    "            mapfile -t COMPREPLY < <(compgen \"${only[@]:--f}\" -- "
    "\"$cur\")\n"
    "        fi\n"
    "        ;;\n"
    "    esac\n"
    "}\n"
    "complete -F _haul haul\n";

/* The word that the script has for a kind of value. */
static const char *bash_kind(enum value value)
{
    switch (value) {
    case VALUE_FILE:
        return "files";
    case VALUE_DIR:
        return "dirs";
    case VALUE_WORDS:
        return "words";
    case VALUE_LIST:
        return "list";
    case VALUE_NONE:
    case VALUE_OTHER:
    case VALUE_URL:
        break;
    }
    return "other";
}

static void bash_option(struct hl_buf *out, const char *command,
                        const struct hl_opt *row)
{
    (void)command;
    hl_buf_printf(out, "--%s ", row->name);
    if (row->letter != 0)
        hl_buf_printf(out, "-%c ", row->letter);
}

static void bash_commands(struct hl_buf *out,
                          const struct hl_completion_command *commands,
                          const struct hl_opt *program)
{
    const struct hl_completion_command *c;
    hl_buf_text(out, "    case $COMP_CWORD:${COMP_WORDS[1]} in\n");
    for (const struct hl_opt *row = program; row->name != NULL; row++) {
        if (row->words == NULL)
            continue;
        hl_buf_printf(out, "    [23]:--%s)\n        COMPREPLY=($(compgen -W '",
                      row->name);
        put_words(out, row->words);
        hl_buf_text(out, "' -- \"$cur\"))\n        return\n        ;;\n");
    }
    hl_buf_text(out, "    1:-*) options='");
    for (const struct hl_opt *row = program; row->name != NULL; row++)
        bash_option(out, NULL, row);
    hl_buf_text(out, "' ;;\n"
                     "    1:*)\n"
                     "        COMPREPLY=($(compgen -W '");
    for (c = commands; c->name != NULL; c++)
        hl_buf_printf(out, "%s ", c->name);
    hl_buf_text(out, "' -- \"$cur\"))\n"
                     "        return\n"
                     "        ;;\n");
    for (c = commands; c->name != NULL; c++)
        hl_buf_printf(out, "    *:%s) command=%s ;;\n", c->name, c->name);
    hl_buf_text(out, "    esac\n    case $command in\n");
}

static void bash_value(struct hl_buf *out, const char *command,
                       const struct hl_opt *row)
{
    enum value value = value_of(row);
    (void)command;
    if (value == VALUE_NONE)
        return;
    hl_buf_text(out, "        ");
    if (row->letter != 0)
        hl_buf_printf(out, "-%c | ", row->letter);
    hl_buf_printf(out, "--%s) kind=%s", row->name, bash_kind(value));
    if (row->words != NULL) {
        hl_buf_text(out, " words='");
        put_words(out, row->words);
        hl_buf_text(out, "'");
    }
    hl_buf_text(out, " ;;\n");
}

static void bash_command(struct hl_buf *out,
                         const struct hl_opt_command *command)
{
    hl_buf_printf(out, "    %s)\n        options+='", command->name);
    each_row(out, command, bash_option);
    hl_buf_text(out, "'\n        case $prev in\n");
    each_row(out, command, bash_value);
    hl_buf_text(out, "        *)\n"
                     "            case $cur in\n"
                     "            -*) kind=options ;;\n");
    hl_buf_printf(out, "            *) kind=%s",
                  bash_kind(operand_value(command)));
    if (command->operand_words != NULL) {
        hl_buf_text(out, " words='");
        put_words(out, command->operand_words);
        hl_buf_text(out, "'");
    }
    hl_buf_text(out, " ;;\n"
                     "            esac\n"
                     "            ;;\n"
                     "        esac\n"
                     "        ;;\n");
}

/* Adds ":NAME:what completes it". */
static void zsh_value(struct hl_buf *out, const char *argument,
                      enum value value, const char *const *words)
{
    if (value == VALUE_NONE)
        return;
    hl_buf_text(out, ":");
    put_quoted(out, argument, ":\\", "'\\''");
    hl_buf_text(out, ":");
    switch (value) {
    case VALUE_FILE:
        hl_buf_text(out, "_files");
        break;
    case VALUE_DIR:
        hl_buf_text(out, "_files -/");
        break;
    case VALUE_URL:
        hl_buf_text(out, "_urls");
        break;
    case VALUE_WORDS:
        hl_buf_text(out, "(");
        put_words(out, words);
        hl_buf_text(out, ")");
        break;
    case VALUE_LIST:
        hl_buf_text(out, "_sequence compadd - ");
        put_words(out, words);
        break;
    case VALUE_NONE:
    case VALUE_OTHER:
        hl_buf_text(out, " ");
        break;
    }
}

/* '(-m --mode)'{-m+,--mode=}'[help]:M:(words)', and a star where the option
 * may be repeated. */
static void zsh_option(struct hl_buf *out, const char *command,
                       const struct hl_opt *row)
{
    bool takes = row->argument != NULL;
    (void)command;
    hl_buf_text(out, "        '");
    if (is_repeatable(row))
        hl_buf_text(out, "*");
    else if (row->letter != 0)
        hl_buf_printf(out, "(-%c --%s)", row->letter, row->name);
    if (row->letter != 0)
        hl_buf_printf(out, "'{-%c%s,--%s%s}'", row->letter, takes ? "+" : "",
                      row->name, takes ? "=" : "");
    else
        hl_buf_printf(out, "--%s%s", row->name, takes ? "=" : "");
    hl_buf_text(out, "[");
    put_quoted(out, row->help, "[]\\", "'\\''");
    hl_buf_text(out, "]");
    zsh_value(out, row->argument, value_of(row), row->words);
    hl_buf_text(out, "' \\\n");
}

static void zsh_head(struct hl_buf *out,
                     const struct hl_completion_command *commands,
                     const struct hl_opt *program)
{
    hl_buf_text(out,
                "#compdef haul\n"
                "# Completions of haul for zsh, by: haul --completion zsh\n"
                "_haul()\n"
                "{\n"
                "    local -a commands program\n"
                "    local command=get\n"
                "    commands=(\n");
    for (; commands->name != NULL; commands++) {
        hl_buf_printf(out, "        '%s:", commands->name);
        put_quoted(out, commands->help, ":\\", "'\\''");
        hl_buf_text(out, "'\n");
    }
    hl_buf_text(out, "    )\n"
                     "    if (( CURRENT == 2 )) || [[ $words[2] == "
                     "--completion* ]]; then\n"
                     "        program=( \\\n");
    for (; program->name != NULL; program++)
        zsh_option(out, NULL, program);
    hl_buf_text(out,
                "        )\n"
                "    fi\n"
                "    if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then\n"
                "        _describe command commands\n"
                "        return\n"
                "    fi\n"
                "    if [[ -n ${(M)commands:#${words[2]}:*} ]]; then\n"
                "        command=$words[2]\n"
                "        shift words\n"
                "        (( CURRENT-- ))\n"
                "    fi\n"
                "    _haul_$command\n"
                "}\n");
}

static void zsh_command(struct hl_buf *out,
                        const struct hl_opt_command *command)
{
    enum value value = operand_value(command);
    hl_buf_printf(out, "_haul_%s()\n{\n    _arguments -s -S $program \\\n",
                  command->name);
    each_row(out, command, zsh_option);
    if (value != VALUE_NONE && value != VALUE_OTHER) {
        hl_buf_text(out, "        '*");
        zsh_value(out, command->operand, value, command->operand_words);
        hl_buf_text(out, "'\n");
    }
    hl_buf_text(out, "}\n");
}

static const char fish_head[] =
    "# Completions of haul for fish, by: haul --completion fish\n"
    "function __haul_in\n"
    "    set -l words (commandline -opc)\n"
    "    set -l command get\n"
    "    if set -q words[2]; and contains -- $words[2] $__haul_commands\n"
    "        set command $words[2]\n"
    "    end\n"
    "    test $command = $argv[1]\n"
    "end\n"
    "function __haul_first\n"
    "    test (count (commandline -opc)) -eq 1\n"
    "end\n"
    "function __haul_after\n"
    "    set -l words (commandline -opc)\n"
    "    test (count $words) -eq 2; and test $words[2] = $argv[1]\n"
    "end\n"
    "complete -c haul -f\n";

static void fish_value(struct hl_buf *out, enum value value,
                       const char *const *words)
{
    switch (value) {
    case VALUE_NONE:
        return;
    case VALUE_OTHER:
    case VALUE_URL:
        hl_buf_text(out, " -x");
        return;
    case VALUE_FILE:
        hl_buf_text(out, " -r -F");
        return;
    case VALUE_DIR:
        hl_buf_text(out, " -x -a '(__fish_complete_directories "
                         "(commandline -ct))'");
        return;
    case VALUE_WORDS:
        hl_buf_text(out, " -x -a '");
        put_words(out, words);
        hl_buf_text(out, "'");
        return;
    case VALUE_LIST:
        hl_buf_text(out, " -x -a '(__fish_append , ");
        put_words(out, words);
        hl_buf_text(out, ")'");
        return;
    }
}

/* Adds an option's letter, name, value and help. */
static void fish_row(struct hl_buf *out, const struct hl_opt *row)
{
    if (row->letter != 0)
        hl_buf_printf(out, " -s %c", row->letter);
    hl_buf_printf(out, " -l %s", row->name);
    fish_value(out, value_of(row), row->words);
    hl_buf_text(out, " -d '");
    put_quoted(out, row->help, "\\", "\\'");
    hl_buf_text(out, "'\n");
}

static void fish_option(struct hl_buf *out, const char *command,
                        const struct hl_opt *row)
{
    hl_buf_printf(out, "complete -c haul -n '__haul_in %s'", command);
    fish_row(out, row);
}

static void fish_commands(struct hl_buf *out,
                          const struct hl_completion_command *commands,
                          const struct hl_opt *program)
{
    const struct hl_completion_command *c;
    hl_buf_text(out, fish_head);
    hl_buf_text(out, "set -g __haul_commands");
    for (c = commands; c->name != NULL; c++)
        hl_buf_printf(out, " %s", c->name);
    hl_buf_text(out, "\n");
    for (c = commands; c->name != NULL; c++) {
        hl_buf_printf(out, "complete -c haul -n __haul_first -a %s -d '",
                      c->name);
        put_quoted(out, c->help, "\\", "\\'");
        hl_buf_text(out, "'\n");
    }
    for (const struct hl_opt *row = program; row->name != NULL; row++) {
        hl_buf_text(out, "complete -c haul -n '__haul_first");
        if (row->argument != NULL)
            hl_buf_printf(out, "; or __haul_after --%s", row->name);
        hl_buf_text(out, "'");
        fish_row(out, row);
    }
}

static void fish_command(struct hl_buf *out,
                         const struct hl_opt_command *command)
{
    enum value value = operand_value(command);
    each_row(out, command, fish_option);
    if (value == VALUE_NONE || value == VALUE_OTHER || value == VALUE_URL)
        return;
    hl_buf_printf(out,
                  "complete -c haul -n 'not __haul_first; and __haul_in %s'",
                  command->name);
    if (value == VALUE_FILE)
        hl_buf_text(out, " -F");
    else
        fish_value(out, value, command->operand_words);
    hl_buf_text(out, "\n");
}

void hl_completion_head(struct hl_buf *out, enum hl_shell shell,
                        const struct hl_completion_command *commands,
                        const struct hl_opt *program)
{
    switch (shell) {
    case HL_SHELL_BASH:
        hl_buf_text(out, bash_head);
        bash_commands(out, commands, program);
        break;
    case HL_SHELL_ZSH:
        zsh_head(out, commands, program);
        break;
    case HL_SHELL_FISH:
        fish_commands(out, commands, program);
        break;
    }
}

void hl_completion_command(struct hl_buf *out, enum hl_shell shell,
                           const struct hl_opt_command *command)
{
    switch (shell) {
    case HL_SHELL_BASH:
        bash_command(out, command);
        break;
    case HL_SHELL_ZSH:
        zsh_command(out, command);
        break;
    case HL_SHELL_FISH:
        fish_command(out, command);
        break;
    }
}

void hl_completion_end(struct hl_buf *out, enum hl_shell shell)
{
    switch (shell) {
    case HL_SHELL_BASH:
        hl_buf_text(out, bash_end);
        break;
    case HL_SHELL_ZSH:
        hl_buf_text(out, "_haul \"$@\"\n");
        break;
    case HL_SHELL_FISH:
        break;
    }
}
