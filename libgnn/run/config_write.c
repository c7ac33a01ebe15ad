/* Settings as JSON text, written here so that numbers are short and exact and the order
 * is kept. */
#include "run/config.h"

#include <string.h>

#include "run/file.h"
#include "run/text.h"

enum { INDENT = 2 };

/* A line break and the indentation of its line; a negative indent stands for one line. */
static void put_break(gnn_i_text *text, int indent) {
    if (indent < 0) return;
    gnn_i_text_puts(text, "\n");
    gnn_i_text_repeat(text, ' ', (size_t)indent);
}

static void put_object(gnn_i_text *text, const gnn_config *config, int indent) {
    int inner = indent < 0 ? -1 : indent + INDENT;
    gnn_i_text_puts(text, "{");
    for (int64_t i = 0; i < config->n; i++) {
        if (i > 0) gnn_i_text_puts(text, indent < 0 ? ", " : ",");
        put_break(text, inner);
        gnn_i_text_json_string(text, config->fields[i].name);
        gnn_i_text_puts(text, ": ");
        gnn_i_field_put(text, &config->fields[i], inner);
    }
    if (config->n > 0) put_break(text, indent);
    gnn_i_text_puts(text, "}");
}

void gnn_i_field_put(gnn_i_text *text, const gnn_i_field *field, int indent) {
    switch (field->kind) {
    case GNN_CONFIG_ABSENT: break;
    case GNN_CONFIG_BOOL: gnn_i_text_puts(text, field->flag ? "true" : "false"); break;
    case GNN_CONFIG_NUMBER: gnn_i_text_json_number(text, field->number); break;
    case GNN_CONFIG_STRING: gnn_i_text_json_string(text, field->string); break;
    case GNN_CONFIG_OBJECT: put_object(text, field->object, indent); break;
    case GNN_CONFIG_NUMBERS:
    case GNN_CONFIG_STRINGS:
        gnn_i_text_puts(text, "[");
        for (int64_t i = 0; i < field->n; i++) {
            if (i > 0) gnn_i_text_puts(text, ", ");
            if (field->kind == GNN_CONFIG_NUMBERS)
                gnn_i_text_json_number(text, field->numbers[i]);
            else
                gnn_i_text_json_string(text, field->strings[i]);
        }
        gnn_i_text_puts(text, "]");
        break;
    }
}

const char *gnn_config_text(gnn_config *config, bool one_line) {
    gnn_i_text_reset(&config->text);
    put_object(&config->text, config, one_line ? -1 : 0);
    if (!one_line) gnn_i_text_puts(&config->text, "\n");
    return gnn_i_text_check(&config->text) == GNN_OK ? config->text.bytes : NULL;
}

gnn_status gnn_config_save(gnn_config *config, const char *path) {
    const char *text = gnn_config_text(config, false);
    if (text == NULL) return GNN_ERR_MEMORY;
    gnn_i_replacement file;
    gnn_status status;
    GNN_TRY(gnn_i_replacement_open(&file, path));
    GNN_TRY(gnn_i_replacement_write(&file, text, strlen(text)));
    GNN_TRY(gnn_i_replacement_commit(&file, true));
cleanup:
    gnn_i_replacement_drop(&file);
    return status;
}
