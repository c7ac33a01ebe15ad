/* gnn predict: what a trained network says of nodes, its own or ones it never saw. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <datasets/write.h>

#include "embed_run.h"
#include "output.h"
#include "run_data.h"

/* How predictions are wanted. */
typedef struct prediction_wish {
    const char *out, *part, *nodes, *calibration;
    int64_t limit;
    bool truth;
} prediction_wish;

typedef struct prediction {
    cli_run run;
    gnn_model *model;
    data_nodes nodes;
    uint8_t *part;
    gnn_tensor
        *outputs; /* (n_nodes, n_outputs), turned into probabilities unless numbers */
    int64_t n, room;
    gnn_id *rows; /* (n) the nodes that are shown */
} prediction;

static void prediction_clear(prediction *p) {
    gnn_tensor_free(p->outputs);
    free(p->rows);
    free(p->part);
    data_nodes_clear(&p->nodes);
    gnn_model_free(p->model);
    cli_run_close(&p->run);
}

static void take_row(void *user, gnn_id row) {
    prediction *p = user;
    if (p->n == p->room) {
        p->room = p->room ? 2 * p->room : 64;
        p->rows = cli_resize(p->rows, (size_t)p->room, sizeof *p->rows);
    }
    p->rows[p->n++] = row;
}

static gnn_status choose_rows(const prediction_wish *wish, int part, prediction *p) {
    gnn_status status = GNN_OK;
    GNN_CHECK(part == CLI_PART_ALL || p->part, GNN_ERR_ARGUMENT,
              "--part %s: %s has no split; give one with --split", wish->part,
              p->nodes.name);
    if (wish->nodes)
        GNN_TRY(data_rows_read(wish->nodes, p->nodes.names, p->nodes.name, take_row, p));
    else
        p->rows = cli_part_rows(&p->nodes, p->part, part, &p->n);
    GNN_CHECK(p->rows, GNN_ERR_INPUT, "%s: lists no nodes, expected an id a line",
              wish->nodes);
    if (wish->limit > 0 && p->n > wish->limit) p->n = wish->limit;
cleanup:
    return status;
}

/* Logits to probabilities: softmax over classes, the logistic function for labels. */
static void to_probabilities(gnn_task task, gnn_tensor *outputs) {
    int64_t n = outputs->shape[0], k = outputs->shape[1];
    gnn_real *x = gnn_tensor_real(outputs);
    if (task == GNN_TASK_MULTILABEL)
        for (int64_t i = 0; i < n * k; i++)
            x[i] = (gnn_real)(1 / (1 + exp(-(double)x[i])));
    if (task != GNN_TASK_CLASS) return;
    for (int64_t i = 0; i < n; i++, x += k) {
        double top = -INFINITY, sum = 0;
        for (int64_t c = 0; c < k; c++) top = fmax(top, (double)x[c]);
        for (int64_t c = 0; c < k; c++) sum += exp((double)x[c] - top);
        for (int64_t c = 0; c < k; c++) x[c] = (gnn_real)(exp((double)x[c] - top) / sum);
    }
}

static const char *class_name(const prediction *p, int64_t c, char *buffer) {
    const char *name = gnn_names_get(p->run.classes, c, buffer);
    return name ? name : "";
}

/* class⇥probability of the likeliest class. */
static void print_class(const prediction *p, const gnn_real *x, FILE *file) {
    int64_t best = 0;
    char buffer[32];
    for (int64_t c = 1; c < p->run.n_outputs; c++)
        if (x[c] > x[best]) best = c;
    fprintf(file, "\t%s\t%.4g", class_name(p, best, buffer), (double)x[best]);
}

/* label,label⇥probability,probability of those above one half; a lone comma for none. */
static void print_labels(const prediction *p, const gnn_real *x, FILE *file) {
    char buffer[32];
    bool any = false;
    fputc('\t', file);
    for (int64_t c = 0; c < p->run.n_outputs; c++)
        if ((double)x[c] > .5) {
            fprintf(file, "%s%s", any ? "," : "", class_name(p, c, buffer));
            any = true;
        }
    fputs(any ? "\t" : ",\t", file);
    any = false;
    for (int64_t c = 0; c < p->run.n_outputs; c++)
        if ((double)x[c] > .5) {
            fprintf(file, "%s%.4g", any ? "," : "", (double)x[c]);
            any = true;
        }
}

/* The known label as text that the labels file would hold: nothing where it is not known,
 * a lone comma where none of several labels is right. */
static void print_truth(const prediction *p, int64_t row, FILE *file) {
    const data_labels *labels = p->nodes.labels;
    char buffer[32];
    bool any = false;
    fputc('\t', file);
    if (labels->class_of) {
        if (labels->class_of[row] >= 0)
            fputs(gnn_names_get(labels->classes, labels->class_of[row], buffer), file);
        return;
    }
    const gnn_real *target = labels->target + row * labels->n_outputs;
    bool known = !isnan(target[0]);
    for (int32_t c = 0; c < labels->n_outputs; c++) {
        if (labels->task == DATA_TASK_REGRESS) {
            if (c) fputc('\t', file);
            if (known) fprintf(file, "%.9g", (double)target[c]);
        } else if ((double)target[c] > .5) {
            fprintf(file, "%s%s", any ? "," : "", class_name(p, c, buffer));
            any = true;
        }
    }
    if (labels->task == DATA_TASK_MULTILABEL && known && !any) fputc(',', file);
}

static void print_headline(const prediction *p, const prediction_wish *wish, FILE *file) {
    fputs("#node", file);
    if (p->run.task == GNN_TASK_REGRESS) {
        for (int64_t c = 0; c < p->run.n_outputs; c++) fputs("\tvalue", file);
        for (int64_t c = 0; wish->truth && c < p->run.n_outputs; c++)
            fputs("\ttruth", file);
    } else {
        fputs("\tclass\tprobability", file);
        if (wish->truth) fputs("\ttruth", file);
    }
    fputs(p->nodes.titles ? "\ttitle\n" : "\n", file);
}

static gnn_status write_text(const prediction *p, const prediction_wish *wish) {
    gnn_status status = GNN_OK;
    cli_output output = {0};
    const gnn_real *x = gnn_tensor_real(p->outputs);
    GNN_TRY(cli_output_begin(wish->out, &output));
    print_headline(p, wish, output.file);
    for (int64_t i = 0; i < p->n; i++) {
        int64_t row = p->rows[i];
        const gnn_real *values = x + row * p->run.n_outputs;
        char buffer[32];
        fputs(gnn_names_get(p->nodes.names, row, buffer), output.file);
        if (p->run.task == GNN_TASK_CLASS)
            print_class(p, values, output.file);
        else if (p->run.task == GNN_TASK_MULTILABEL)
            print_labels(p, values, output.file);
        else
            for (int64_t c = 0; c < p->run.n_outputs; c++)
                fprintf(output.file, "\t%.9g", (double)values[c]);
        if (wish->truth) print_truth(p, row, output.file);
        if (p->nodes.titles)
            fprintf(output.file, "\t%s", data_texts_get(p->nodes.titles, row));
        fputc('\n', output.file);
    }
    GNN_TRY(cli_output_finish(&output));
cleanup:
    cli_output_end(&output);
    return status;
}

/* (n, n_outputs) of the rows that are shown. */
static gnn_status write_npy(const prediction *p, const char *path) {
    gnn_tensor *rows = NULL;
    gnn_status status = gnn_tensor_take_rows(p->outputs, p->n, p->rows, &rows);
    if (status == GNN_OK) status = cli_make_parents(path);
    if (status == GNN_OK) status = data_write_npy(path, rows);
    if (status == GNN_OK) status = cli_write_ids(path, p->nodes.names, p->n, p->rows);
    gnn_tensor_free(rows);
    return status;
}

static gnn_status predict(const char *path, const prediction_wish *wish,
                          const cli_settings *given, cli_progress *progress) {
    gnn_status status = GNN_OK;
    prediction p = {0};
    int n_threads, part = CLI_PART_ALL;
    if (wish->part) GNN_TRY(cli_part(wish->part, &part));
    GNN_CHECK(!wish->part || !wish->nodes, GNN_ERR_ARGUMENT,
              "expected --part or --nodes, not both");
    GNN_TRY(cli_check_out(wish->out));
    GNN_TRY(cli_run_open(path, &p.run));
    GNN_TRY(cli_run_model(&p.run, &p.model));
    GNN_TRY(
        cli_run_read(&p.run, given, part != CLI_PART_ALL, progress, &p.nodes, &p.part));
    GNN_TRY(cli_check_weights(&p.nodes, p.model));
    GNN_CHECK(!wish->truth || p.nodes.labels, GNN_ERR_INPUT, "--truth: %s has no labels",
              p.nodes.name);
    GNN_TRY(choose_rows(wish, part, &p));
    GNN_TRY(cli_machine(given, &n_threads));
    GNN_TRY(gnn_infer_nodes(p.model, p.nodes.graph, p.nodes.features, -1, n_threads,
                            cli_progress_callback, progress, &p.outputs));
    cli_progress_end(progress);
    to_probabilities(p.run.task, p.outputs);
    GNN_TRY(cli_is_npy(wish->out) ? write_npy(&p, wish->out) : write_text(&p, wish));
cleanup:
    cli_progress_end(progress);
    prediction_clear(&p);
    return status;
}

int cli_predict(int argc, char **argv) {
    cli_settings given = {0};
    cli_progress progress;
    const char *path = NULL;
    prediction_wish wish = {0};
    bool quiet = false, is_embed;
    const cli_option triples_table[] = {
        CLI_OPTIONS_HEADING("Runs of gnn embed:"),
        CLI_OPTION_SETTING(0, "triples", "FILE", "triples to be scored"),
        CLI_OPTION_TEXT(
            0, "calibration", "NAME",
            "also how likely each is to be true rather than a plausible error: "
            "platt (a logistic curve) or isotonic (any curve that rises), "
            "fitted to the run's validation triples [none]",
            &wish.calibration),
        CLI_OPTIONS_END,
    };
    const cli_option own[] = {
        CLI_OPTION_TEXT(
            'o', "out", "FILE",
            "where to; FILE.npy: all probabilities as an array, the ids of its rows in "
            "FILE.nodes.tsv; of triples their scores, or probabilities with "
            "--calibration [standard output]",
            &wish.out),
        CLI_OPTION_INTEGER('n', "limit", 1, INT64_MAX, "only the first N", &wish.limit),
        CLI_OPTION_FLAG('q', "quiet", "say nothing but errors", &quiet),
        CLI_OPTIONS_END,
    };
    const cli_option node_table[] = {
        CLI_OPTIONS_HEADING("Runs of gnn train node:"),
        CLI_OPTION_TEXT('p', "part", "PART",
                        "only nodes of train, valid, test or rest (those of no part)",
                        &wish.part),
        CLI_OPTION_TEXT(0, "nodes", "FILE",
                        "only these nodes, an id a line (FILE may be .gz or .zst)",
                        &wish.nodes),
        CLI_OPTION_FLAG('t', "truth",
                        "also the known labels; empty where they are not known",
                        &wish.truth),
        CLI_OPTIONS_END,
    };
    const cli_option *const of_nodes[] = {node_table, cli_spec_table, cli_data_table,
                                          cli_run_split_table, NULL};
    const cli_option *const of_triples[] = {triples_table, NULL};
    cli_grammar grammar = {
        .arguments = "RUN",
        .least = 1,
        .most = 1,
        .words = &path,
        .settings = &given,
        .help =
            "Predictions of a trained network for the nodes of --data, which it need not "
            "have "
            "seen (without --data: of its own data). Columns, classes and transforms are "
            "those of the run. A line a node: id, class, probability; for several labels "
            "those above one half, separated by commas (a lone comma: none of them); for "
            "numbers the numbers. Of a run of gnn embed: the scores of the triples of "
            "--triples, a line each, and their probabilities with --calibration.",
        .more = "Example:\n  gnn predict runs/cora-gcn --data new-papers --out "
                "predictions.tsv\n"
                "  gnn predict runs/wordnet-triples-complex --triples guesses.tsv "
                "--calibration platt",
        .tables = {own, node_table, cli_spec_table, cli_data_table, cli_run_split_table,
                   triples_table, cli_machine_table}};
    gnn_status status = cli_parse(&grammar, argc, argv);
    if (status == GNN_OK) {
        cli_quiet(quiet);
        cli_stop_on_signals();
        cli_progress_begin(&progress, quiet);
        status = cli_kind_of_run(path, of_nodes, of_triples, &given, &is_embed);
        if (status == GNN_OK)
            status = is_embed ? cli_embed_predict(path, &given, wish.calibration,
                                                  wish.limit, wish.out, &progress)
                              : predict(path, &wish, &given, &progress);
    }
    cli_settings_clear(&given);
    return cli_end(status);
}
