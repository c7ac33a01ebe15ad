/* Made graphs. */
#include <datasets/generate.h>

#include <stdio.h>
#include <string.h>

#include "core/alloc.h"
#include "finish.h"
#include "graph_format.h"
#include "module.h"
#include "text/scan.h"

#define GENERATOR(symbol, name, parameters, help)                                        \
    static const data_generator generator_##symbol = {name, parameters, help};
#include "generators.def"
#undef GENERATOR

static const data_generator *const generators[] = {
#define GENERATOR(symbol, name, parameters, help) &generator_##symbol,
#include "generators.def"
#undef GENERATOR
};

enum { N_GENERATORS = sizeof generators / sizeof *generators, MOST_PARAMETERS = 8 };

const data_generator *const *data_generators(size_t *n) {
    *n = N_GENERATORS;
    return generators;
}

static gnn_status find_generator(const char *kind, const data_generator **generator) {
    char known[256];
    size_t at = 0;
    for (size_t i = 0; i < N_GENERATORS; i++) {
        if (strcmp(generators[i]->name, kind) == 0) {
            *generator = generators[i];
            return GNN_OK;
        }
        size_t n = strlen(generators[i]->name);
        if (at + n + 3 > sizeof known) continue;
        if (at > 0) at += (size_t)(stpcpy(known + at, ", ") - (known + at));
        at += (size_t)(stpcpy(known + at, generators[i]->name) - (known + at));
    }
    return gnn_fail(GNN_ERR_ARGUMENT, "unknown generator '%.40s'; known: %s", kind,
                    known);
}

/* ---- parameters ---- */

/* Values by the places of their names in the generator's list; texts are owned by
 * `text`. */
typedef struct parameters {
    int n;
    data_i_field name[MOST_PARAMETERS];
    data_module_value value[MOST_PARAMETERS];
    char *text[MOST_PARAMETERS];
} parameters;

static void parameters_clear(parameters *p) {
    for (int i = 0; i < p->n; i++) gnn_i_free(p->text[i]);
}

/* Take the next name=value off the front; false at the end. */
static bool next_pair(const char **at, data_i_field *name, data_i_field *value) {
    if (**at == '\0') return false;
    size_t length = strcspn(*at, ","), n = strcspn(*at, "=,");
    *name = (data_i_field){*at, n};
    *value =
        n < length ? (data_i_field){*at + n + 1, length - n - 1} : (data_i_field){"", 0};
    *at += length;
    if (**at == ',') (*at)++;
    return true;
}

/* The numbers of a list like 50+50; none when something of it is no number. */
static void parse_list(data_module_value *value) {
    value->n = 0;
    for (const char *at = value->text;;) {
        size_t length = strcspn(at, "+");
        if (value->n == DATA_MODULE_NUMBERS ||
            !data_i_parse_real((data_i_field){at, length}, &value->number[value->n])) {
            value->n = 0;
            return;
        }
        value->n++;
        at += length;
        if (*at++ == '\0') return;
    }
}

static gnn_status set_value(parameters *p, int i, data_i_field value) {
    char *text;
    gnn_status status = gnn_i_alloc(&text, value.length + 1, 1, "a parameter");
    if (status != GNN_OK) return status;
    memcpy(text, value.text, value.length);
    text[value.length] = '\0';
    gnn_i_free(p->text[i]);
    p->text[i] = text;
    p->value[i].text = text;
    parse_list(&p->value[i]);
    return GNN_OK;
}

/* Defaults first, then what was said. */
static gnn_status parse_parameters(const data_generator *generator, const char *said,
                                   parameters *p) {
    gnn_status status = GNN_OK;
    data_i_field name, value;
    *p = (parameters){0};
    for (const char *at = generator->parameters; next_pair(&at, &name, &value);) {
        p->name[p->n++] = name;
        GNN_TRY(set_value(p, p->n - 1, value));
    }
    for (const char *at = said != NULL ? said : ""; next_pair(&at, &name, &value);) {
        int i = 0;
        while (i < p->n && (p->name[i].length != name.length ||
                            memcmp(p->name[i].text, name.text, name.length) != 0))
            i++;
        GNN_CHECK(i < p->n, GNN_ERR_ARGUMENT,
                  "unknown parameter '%.*s' of %s, which takes %s",
                  (int)(name.length < 40 ? name.length : 40), name.text, generator->name,
                  generator->parameters);
        GNN_CHECK(value.length > 0, GNN_ERR_ARGUMENT,
                  "parameter '%.*s' of %s has no value", (int)name.length, name.text,
                  generator->name);
        GNN_TRY(set_value(p, i, value));
    }
cleanup:
    return status;
}

/* ---- groups as labels ---- */

static gnn_status set_groups(const data_module_graph *graph, data_nodes *nodes) {
    gnn_status status = GNN_OK;
    char name[24];
    int64_t row;
    if (graph->group == NULL) return GNN_OK;
    GNN_TRY(gnn_i_calloc(&nodes->labels, 1, sizeof *nodes->labels, "labels"));
    data_labels *labels = nodes->labels;
    labels->task = DATA_TASK_CLASS;
    labels->n_outputs = graph->n_groups;
    GNN_TRY(gnn_i_alloc(&labels->class_of, (size_t)graph->n_nodes,
                        sizeof *labels->class_of, "labels"));
    memcpy(labels->class_of, graph->group,
           (size_t)graph->n_nodes * sizeof *labels->class_of);
    GNN_TRY(gnn_names_new(&labels->classes));
    for (int32_t i = 0; i < graph->n_groups; i++) {
        int length = snprintf(name, sizeof name, "%d", i);
        GNN_TRY(gnn_names_add(labels->classes, name, (size_t)length, &row));
    }
cleanup:
    return status;
}

gnn_status data_generate(const char *kind, const char *said, const data_options *options,
                         data_nodes *nodes) {
    static const data_options defaults = {0};
    static const data_i_attribute_roles roles = {.features = "none"};
    gnn_status status;
    const data_generator *generator = NULL;
    const data_module *module;
    data_module_graph graph = {0};
    parameters p = {0};
    *nodes = (data_nodes){0};
    if (options == NULL) options = &defaults;
    GNN_TRY(find_generator(kind, &generator));
    GNN_TRY(parse_parameters(generator, said, &p));
    GNN_TRY(data_i_module_lock(&module));
    status = module->generate(&data_i_module_host, kind, p.value, options->seed,
                              options->directed, &graph);
    data_i_module_unlock();
    if (status == GNN_ERR_ARGUMENT) gnn_fail(status, "%s: %s", kind, gnn_last_error());
    if (status != GNN_OK) goto cleanup;
    GNN_TRY(data_i_graph_convert(&graph, kind, &roles, options, nodes));
    GNN_TRY(gnn_i_strdup(&nodes->name, kind));
    GNN_TRY(set_groups(&graph, nodes));
    GNN_TRY(data_i_nodes_override(nodes, options, kind));
    GNN_TRY(data_i_nodes_finish(nodes, options));
cleanup:
    parameters_clear(&p);
    data_i_module_graph_clear(&graph);
    if (status != GNN_OK) data_nodes_clear(nodes);
    return status;
}
