/* gnn export: hidden states or outputs of a trained network as tables for other programs.
 * */
#include <stdlib.h>
#include <string.h>

#include <datasets/write.h>
#include <gnn/safetensors.h>

#include "embed_run.h"
#include "export.h"
#include "output.h"
#include "run_data.h"

/* --- formats --- */

static gnn_status write_npy(const char *path, const cli_table *table) {
    gnn_status status = data_write_npy(path, table->values);
    return status == GNN_OK && strcmp(path, "-") != 0
               ? cli_write_ids(path, table->names, 0, NULL)
               : status;
}

static gnn_status write_tsv(const char *path, const cli_table *table) {
    return data_write_tsv(path, table->names, table->values);
}

/* Say that names were changed. */
static void tell_blanks(const char *path, const cli_table *table) {
    char buffer[24];
    int64_t n = 0;
    for (int64_t i = 0; i < table->values->shape[0]; i++)
        n += strchr(gnn_names_get(table->names, i, buffer), ' ') != NULL;
    if (n > 0)
        cli_note("%s: blanks in %lld name%s became _, as the format needs it", path,
                 (long long)n, cli_plural(n));
}

static gnn_status write_word2vec(const char *path, const cli_table *table) {
    gnn_status status = data_write_word2vec(path, table->names, table->values);
    if (status == GNN_OK) tell_blanks(path, table);
    return status;
}

static gnn_status write_word2vec_binary(const char *path, const cli_table *table) {
    gnn_status status = data_write_word2vec_binary(path, table->names, table->values);
    if (status == GNN_OK) tell_blanks(path, table);
    return status;
}

/* One column needs no headline there, and must not have one. */
static gnn_status write_metadata(const char *path, const cli_table *table) {
    gnn_status status;
    cli_output output = {0};
    char buffer[24];
    GNN_TRY(cli_output_begin(path, &output));
    if (table->labels) fprintf(output.file, "id\tlabel\n");
    for (int64_t i = 0; i < table->values->shape[0]; i++) {
        fputs(gnn_names_get(table->names, i, buffer), output.file);
        if (table->labels)
            fprintf(output.file, "\t%s", table->labels[i] ? table->labels[i] : "");
        fputc('\n', output.file);
    }
    GNN_TRY(cli_output_finish(&output));
cleanup:
    cli_output_end(&output);
    return status;
}

static gnn_status write_projector(const char *path, const cli_table *table) {
    char *vectors = cli_text("%s/vectors.tsv", path);
    char *metadata = cli_text("%s/metadata.tsv", path);
    gnn_status status = cli_make_parents(vectors);
    if (status == GNN_OK) status = data_write_tsv(vectors, NULL, table->values);
    if (status == GNN_OK) status = write_metadata(metadata, table);
    free(vectors);
    free(metadata);
    return status;
}

static gnn_status write_safetensors(const char *path, const cli_table *table) {
    const gnn_tensor *values = table->values;
    const gnn_array array = {.name = table->layer,
                             .type = GNN_ARRAY_REAL,
                             .n_axes = 2,
                             .shape = {values->shape[0], values->shape[1]},
                             .data = values->data};
    gnn_status status = gnn_safetensors_write(path, 1, &array, 0, NULL);
    return status == GNN_OK ? cli_write_ids(path, table->names, 0, NULL) : status;
}

const cli_exporter cli_exporters[] = {
    {"npy", ".npy",
     "NumPy array (version 1.0), and the ids of its rows in a .nodes.tsv beside it",
     write_npy},
    {"tsv", ".tsv", "text, a line a row: its id and the values, separated by tabs",
     write_tsv},
    {"word2vec", ".vec", "word2vec's text format, as gensim and others load it",
     write_word2vec},
    {"word2vec-binary", ".bin", "word2vec's binary format, in single precision",
     write_word2vec_binary},
    {"projector", NULL,
     "a folder with vectors.tsv and metadata.tsv, for TensorBoard's embedding projector",
     write_projector},
    {"safetensors", ".safetensors",
     "one named array (huggingface/safetensors), and the ids in a .nodes.tsv beside it",
     write_safetensors},
};
const size_t cli_n_exporters = sizeof cli_exporters / sizeof *cli_exporters;

/* The exporter of a name, else of the extension of a path. */
static gnn_status find_exporter(const char *format, const char *path,
                                const cli_exporter **found) {
    enum { MOST = 16 };
    const char *names[MOST];
    *found = NULL;
    for (size_t i = 0; i < cli_n_exporters && i < MOST; i++) {
        const cli_exporter *exporter = &cli_exporters[i];
        const char *extension = exporter->extension ? exporter->extension : "/";
        size_t length = strlen(path), end = strlen(extension);
        names[i] = exporter->name;
        if (format ? strcmp(format, exporter->name) == 0
                   : length > end && strcmp(path + length - end, extension) == 0)
            *found = exporter;
    }
    if (*found) return GNN_OK;
    if (format) return cli_unknown("format", format, cli_n_exporters, names);
    return gnn_fail(GNN_ERR_ARGUMENT, "--out %s: expected --format; see gnn list exports",
                    path);
}

/* --- hidden states --- */

/* The stage after which the state of a name is there; NULL names the last hidden state.
 * */
static gnn_status find_stage(const gnn_model *model, const char **layer, char *buffer,
                             size_t size, int *stage) {
    int last = gnn_model_n_hidden(model);
    int hidden = *layer     ? gnn_model_find_hidden(model, *layer)
                 : last > 1 ? last - 1
                            : last;
    if (hidden < 0 && last > 1)
        return gnn_fail(GNN_ERR_ARGUMENT,
                        "unknown layer '%s'; known: input, 1 to %d, output", *layer,
                        last - 1);
    if (hidden < 0)
        return gnn_fail(GNN_ERR_ARGUMENT, "unknown layer '%s'; known: input, output",
                        *layer);
    if (hidden == last)
        snprintf(buffer, size, "output");
    else
        snprintf(buffer, size, "%d", hidden);
    if (!*layer) *layer = buffer;
    *stage = gnn_model_hidden_stage(model, hidden);
    return GNN_OK;
}

static gnn_status export_table(const char *path, const char *format, const char *layer,
                               const char *out, const cli_settings *given,
                               cli_progress *progress) {
    gnn_status status = GNN_OK;
    cli_run run = {0};
    gnn_model *model = NULL;
    data_nodes nodes = {0};
    uint8_t *part = NULL;
    gnn_tensor *table = NULL, *dense = NULL;
    const cli_exporter *exporter;
    char buffer[24];
    int stage = 0, n_threads;
    const cli_option *const of_nodes[] = {cli_spec_table, cli_data_table, NULL};
    const cli_option *const of_triples[] = {NULL};
    bool is_embed;
    GNN_CHECK(out, GNN_ERR_ARGUMENT, "expected --out PATH");
    GNN_TRY(cli_check_out(out));
    GNN_TRY(find_exporter(format, out, &exporter));
    GNN_TRY(cli_kind_of_run(path, of_nodes, of_triples, given, &is_embed));
    if (is_embed) return cli_embed_export(path, exporter, layer, out);
    GNN_TRY(cli_run_open(path, &run));
    GNN_TRY(cli_run_model(&run, &model));
    GNN_TRY(find_stage(model, &layer, buffer, sizeof buffer, &stage));
    GNN_TRY(cli_run_read(&run, given, false, progress, &nodes, &part));
    GNN_TRY(cli_check_weights(&nodes, model));
    GNN_TRY(cli_machine(given, &n_threads));
    if (stage > 0) {
        GNN_TRY(gnn_infer_nodes(model, nodes.graph, nodes.features, stage, n_threads,
                                cli_progress_callback, progress, &table));
    } else if (nodes.features->layout == GNN_SPARSE) {
        GNN_TRY(gnn_tensor_to_dense(nodes.features, &dense));
    }
    cli_progress_end(progress);
    const gnn_tensor *shown = table ? table : dense ? dense : nodes.features;
    GNN_TRY(cli_make_parents(out));
    const cli_table shown_table = {nodes.names, NULL, shown, layer};
    GNN_TRY(exporter->write(out, &shown_table));
    int64_t n = shown->shape[0], width = shown->shape[1];
    cli_note("%s: layer %s of %lld node%s, %lld value%s each", out, layer, (long long)n,
             cli_plural(n), (long long)width, cli_plural(width));
cleanup:
    cli_progress_end(progress);
    gnn_tensor_free(table);
    gnn_tensor_free(dense);
    free(part);
    data_nodes_clear(&nodes);
    gnn_model_free(model);
    cli_run_close(&run);
    return status;
}

int cli_export(int argc, char **argv) {
    cli_settings given = {0};
    cli_progress progress;
    const char *path = NULL, *format = NULL, *layer = NULL, *out = NULL;
    bool quiet = false;
    char *formats = NULL;
    for (size_t i = 0; i < cli_n_exporters; i++)
        cli_append(&formats, i + 1 < cli_n_exporters ? ", " : " or ", "%s",
                   cli_exporters[i].name);
    char *format_help = cli_text("%s [what the extension says]", formats);
    const cli_option own[] = {
        CLI_OPTION_TEXT('f', "format", "NAME", format_help, &format),
        CLI_OPTION_TEXT('o', "out", "PATH", "where to", &out),
        CLI_OPTION_TEXT(
            'l', "layer", "NAME",
            "input, 1, 2 … for the state after that layer, or output [the last before "
            "the output]; of a run of gnn embed entity or relation [entity]",
            &layer),
        CLI_OPTION_FLAG('q', "quiet", "say nothing but errors", &quiet),
        CLI_OPTIONS_END,
    };
    const cli_option headline[] = {CLI_OPTIONS_HEADING("Runs of gnn train node:"),
                                   CLI_OPTIONS_END};
    cli_grammar grammar = {
        .arguments = "RUN",
        .least = 1,
        .most = 1,
        .words = &path,
        .settings = &given,
        .help =
            "Write vectors of a run as a table. Of gnn train node: what the network "
            "makes of nodes, hidden states (embeddings) or outputs, of its own data or "
            "of those that --data names. Of gnn embed: the vectors of entities or of "
            "relations, without those of reciprocal relations.",
        .more = "Example:\n  gnn export runs/cora-gcn --format npy --out cora.npy\n"
                "  gnn export runs/wordnet-triples-complex --layer relation --out r.vec",
        .tables = {own, headline, cli_spec_table, cli_data_table, cli_machine_table}};
    gnn_status status = cli_parse(&grammar, argc, argv);
    if (status == GNN_OK) {
        cli_quiet(quiet);
        cli_stop_on_signals();
        cli_progress_begin(&progress, quiet);
        status = export_table(path, format, layer, out, &given, &progress);
    }
    free(formats);
    free(format_help);
    cli_settings_clear(&given);
    return cli_end(status);
}
