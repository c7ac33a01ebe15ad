/* gnn predict of a run of gnn embed: scores of the triples of a file, and how likely they
 * are. */
#include "embed_run.h"

#include <string.h>

#include <datasets/write.h>
#include <gnn/tensor.h>

#include "data.h"
#include "output.h"

/* Fit to the run's own validation triples. */
static gnn_status calibrate(const cli_embed_run *run, emb_calibration_kind kind,
                            int n_threads, cli_progress *progress,
                            emb_calibration *calibration) {
    static const char *const names[] = {"platt", "isotonic"};
    gnn_status status;
    cli_triples t = {0};
    emb_calibration_report report;
    const cli_settings none = {0};
    const uint64_t seed = emb_model_get_options(run->model)->seed;
    GNN_TRY(cli_embed_triples(run, &none, progress, &t));
    GNN_CHECK(t.sets.valid.n > 0, GNN_ERR_INPUT,
              "--calibration: %s has no validation triples to fit it to", t.name);
    GNN_TRY(emb_calibrate(run->model, &t.sets.train, &t.sets.valid, kind, seed, n_threads,
                          calibration, &report));
    cli_note(
        "probabilities: %s, fitted to %lld validation triples and plausible errors; "
        "on %lld others Brier score %.4f (knowing nothing .25), log loss %.4f (.693)",
        names[kind], (long long)report.n_fitted, (long long)report.n_held_out,
        report.brier, report.log_loss);
cleanup:
    cli_triples_clear(&t);
    return status;
}

/* What a line shows beside the triple and its score. */
typedef struct columns {
    const emb_calibration *calibration; /* or NULL */
    const char *const *labels;          /* or NULL */
} columns;

static void print_lines(const cli_embed_run *run, const columns *shown,
                        const gnn_triples *t, const gnn_real *scores, FILE *file) {
    char head[24], relation[24], tail[24];
    fprintf(file, "head\trelation\ttail\tscore%s%s\n",
            shown->calibration ? "\tprobability" : "",
            shown->labels ? "\thead_label\ttail_label" : "");
    for (int64_t i = 0; i < t->n; i++) {
        fprintf(file, "%s\t%s\t%s\t%.6g", gnn_names_get(run->entities, t->head[i], head),
                gnn_names_get(run->relations, t->relation[i], relation),
                gnn_names_get(run->entities, t->tail[i], tail), (double)scores[i]);
        if (shown->calibration)
            fprintf(file, "\t%.6g",
                    emb_calibration_probability(shown->calibration, (double)scores[i]));
        const gnn_id ends[] = {t->head[i], t->tail[i]};
        for (int k = 0; shown->labels && k < 2; k++)
            fprintf(file, "\t%s", shown->labels[ends[k]] ? shown->labels[ends[k]] : "");
        fputc('\n', file);
    }
}

/* (n) scores, or the probabilities of them. */
static gnn_status write_npy(const char *path, const emb_calibration *calibration,
                            gnn_tensor *scores) {
    gnn_real *x = gnn_tensor_real(scores);
    for (int64_t i = 0; calibration && i < scores->shape[0]; i++)
        x[i] = (gnn_real)emb_calibration_probability(calibration, (double)x[i]);
    gnn_status status = cli_make_parents(path);
    return status == GNN_OK ? data_write_npy(path, scores) : status;
}

static gnn_status write_text(const char *path, const cli_embed_run *run,
                             const columns *shown, const gnn_triples *t,
                             const gnn_real *scores) {
    gnn_status status;
    cli_output output = {0};
    GNN_TRY(cli_output_begin(path, &output));
    print_lines(run, shown, t, scores, output.file);
    GNN_TRY(cli_output_finish(&output));
cleanup:
    cli_output_end(&output);
    return status;
}

/* Whether there is to be one, and which. */
static gnn_status find_kind(const char *name, bool *wanted, emb_calibration_kind *kind) {
    static const char *const names[] = {"none", "platt", "isotonic"};
    *wanted = false;
    for (int i = 0; i < 3; i++)
        if (strcmp(name ? name : "none", names[i]) == 0) {
            *wanted = i > 0;
            if (i == 2) *kind = EMB_CALIBRATION_ISOTONIC;
            return GNN_OK;
        }
    return cli_unknown("--calibration", name, 3, names);
}

gnn_status cli_embed_predict(const char *path, const cli_settings *given,
                             const char *calibration_name, int64_t limit, const char *out,
                             cli_progress *progress) {
    gnn_status status;
    cli_embed_run run = {0};
    cli_triples t = {0};
    cli_settings settings = {0};
    gnn_tensor *scores = NULL;
    emb_calibration calibration = {0};
    emb_calibration_kind kind = EMB_CALIBRATION_PLATT;
    columns shown = {0};
    bool wanted;
    int n_threads;
    GNN_TRY(find_kind(calibration_name, &wanted, &kind));
    GNN_TRY(cli_check_out(out));
    GNN_CHECK(cli_settings_get(given, "triples"), GNN_ERR_ARGUMENT,
              "%s holds vectors of triples: expected --triples FILE to be scored", path);
    GNN_TRY(cli_machine(given, &n_threads));
    GNN_TRY(cli_embed_open(path, &run));
    cli_settings_lay(&settings, given);
    cli_settings_set(&settings, "keep-duplicates", "yes"); /* a line of scores each */
    GNN_TRY(cli_embed_triples(&run, &settings, progress, &t));
    if (wanted) {
        GNN_TRY(calibrate(&run, kind, n_threads, progress, &calibration));
        shown.calibration = &calibration;
    }
    GNN_TRY(cli_embed_labels(&run, &shown.labels));
    gnn_triples *asked = &t.sets.train;
    if (limit > 0 && asked->n > limit) asked->n = limit;
    cli_note("%s: %lld triple%s to score", t.name, (long long)asked->n,
             cli_plural(asked->n));
    GNN_TRY(gnn_tensor_new(GNN_REAL, GNN_AXIS_FREE, 1, &asked->n, &scores));
    GNN_TRY(emb_model_score(run.model, asked, n_threads, gnn_tensor_real(scores)));
    GNN_TRY(cli_is_npy(out)
                ? write_npy(out, shown.calibration, scores)
                : write_text(out, &run, &shown, asked, gnn_tensor_real(scores)));
cleanup:
    emb_calibration_clear(&calibration);
    data_entity_labels_free(shown.labels);
    gnn_tensor_free(scores);
    cli_settings_clear(&settings);
    cli_triples_clear(&t);
    cli_embed_close(&run);
    return status;
}
