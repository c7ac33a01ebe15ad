/* gnn predict of a run of gnn embed: scores of the triples of a file. */
#include "embed_run.h"

#include <stdlib.h>

#include "data.h"
#include "output.h"

gnn_status cli_embed_predict(const char *path, const cli_settings *given, const char *out,
                             cli_progress *progress) {
    gnn_status status;
    cli_embed_run run = {0};
    cli_triples t = {0};
    cli_output output = {0};
    cli_settings settings = {0};
    gnn_real *scores = NULL;
    int n_threads;
    char head[24], relation[24], tail[24];
    GNN_CHECK(cli_settings_get(given, "triples"), GNN_ERR_ARGUMENT,
              "%s holds vectors of triples: expected --triples FILE to be scored", path);
    GNN_TRY(cli_threads(given, &n_threads));
    GNN_TRY(cli_embed_open(path, &run));
    cli_settings_lay(&settings, given);
    cli_settings_set(&settings, "keep-duplicates", "yes"); /* a line of scores each */
    GNN_TRY(cli_embed_triples(&run, &settings, progress, &t));
    const gnn_triples *asked = &t.sets.train;
    scores = cli_alloc((size_t)asked->n, sizeof *scores);
    GNN_TRY(emb_model_score(run.model, asked, n_threads, scores));
    GNN_TRY(cli_output_begin(out, &output));
    fprintf(output.file, "head\trelation\ttail\tscore\n");
    for (int64_t i = 0; i < asked->n; i++)
        fprintf(output.file, "%s\t%s\t%s\t%.6g\n",
                gnn_names_get(run.entities, asked->head[i], head),
                gnn_names_get(run.relations, asked->relation[i], relation),
                gnn_names_get(run.entities, asked->tail[i], tail), (double)scores[i]);
    GNN_TRY(cli_output_finish(&output));
cleanup:
    cli_output_end(&output);
    free(scores);
    cli_settings_clear(&settings);
    cli_triples_clear(&t);
    cli_embed_close(&run);
    return status;
}
