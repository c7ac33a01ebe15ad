/* gnn eval of a run of gnn embed: ranks of its own triples, or of others. */
#include "embed_run.h"

#include <string.h>

#include "data.h"
#include "ranking.h"
#include "report.h"

gnn_status cli_embed_eval(const char *path, const cli_settings *given,
                          const cli_embed_wish *wish, bool json, cli_progress *progress) {
    static const char *const names[] = {"train", "valid", "test"};
    gnn_status status;
    cli_embed_run run = {0};
    cli_triples t = {0};
    cJSON *result = NULL;
    cli_ranking ranking = {
        .raw = wish->raw, .sample = wish->sample, .seed = (uint64_t)wish->seed};
    GNN_CHECK(wish->sample == 0 || !wish->by, GNN_ERR_ARGUMENT,
              "expected --sample or --by, not both");
    GNN_TRY(cli_ties(wish->ties, &ranking.ties));
    GNN_TRY(cli_by_name(wish->by, &ranking.by));
    GNN_TRY(cli_machine(given, &ranking.n_threads));
    GNN_TRY(cli_embed_open(path, &run));
    GNN_TRY(cli_embed_triples(&run, given, progress, &t));
    ranking.relations = run.relations;
    result = cli_json(cJSON_CreateObject());
    cli_json_text(result, "task", "link");
    cli_json_text(result, "model", emb_model_scorer(run.model));
    cli_json_text(result, "data", t.name);
    const gnn_triples *sets[] = {&t.sets.train, &t.sets.valid, &t.sets.test};
    bool held_out = sets[1]->n > 0 || sets[2]->n > 0;
    for (int i = 0; i < 3; i++)
        if (sets[i]->n > 0 &&
            (i > 0 || !held_out)) /* training: only if there is no other */
            GNN_TRY(cli_rank(run.model, &t, names[i], &ranking, progress, result));
    cli_machine_json(result, ranking.n_threads);
    printf("%s on %s, %s ranks, ties: %s\n", emb_model_scorer(run.model), t.name,
           wish->raw ? "raw" : "filtered", cli_ties_name(ranking.ties));
    if (wish->sample > 0) {
        cli_print_sampled_rankings(result);
        cli_note(
            "ranks among %lld entities drawn for each question, ± 95 %%: MRR and "
            "Hits look better than exact ones and may put models in another order; "
            "compare them with none but those of as large a sample. MR, AMR and AMRI "
            "are estimates of the exact ones",
            (long long)wish->sample);
    } else {
        cli_print_rankings(result);
    }
    if (json) cli_print_json(result);
cleanup:
    cJSON_Delete(result);
    cli_triples_clear(&t);
    cli_embed_close(&run);
    return status;
}
