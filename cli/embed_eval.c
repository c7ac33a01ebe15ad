/* gnn eval of a run of gnn embed: ranks of its own triples, or of others. */
#include "embed_run.h"

#include <string.h>

#include "data.h"
#include "ranking.h"
#include "report.h"
#include "run_data.h"

/* Entities that training never saw, in triples that were ranked. */
static void tell_unseen(const char *name, const cJSON *set) {
    const cJSON *n = cJSON_GetObjectItem(set, "unseen_triples");
    if (!cJSON_IsNumber(n) || n->valuedouble == 0) return;
    cli_note("%s: %.0f triple%s with an entity that is in no training triple, ranked by "
             "its random vector",
             name, n->valuedouble, cli_plural((int64_t)n->valuedouble));
}

/* What there is to rank: training triples only where there are no others. */
static gnn_status rank_sets(const cli_embed_run *run, const cli_triples *t,
                            const cli_ranking *ranking, cli_progress *progress,
                            cJSON *result) {
    static const char *const names[] = {"train", "valid", "test"};
    gnn_status status = GNN_OK;
    const gnn_triples *sets[] = {&t->sets.train, &t->sets.valid, &t->sets.test};
    const bool held_out = sets[1]->n > 0 || sets[2]->n > 0;
    if (held_out)
        cli_note("%s: %lld known triple%s, %lld of validation and %lld of test to rank",
                 t->name, (long long)sets[0]->n, cli_plural(sets[0]->n),
                 (long long)t->n_ranked[1], (long long)t->n_ranked[2]);
    else
        cli_note("%s: %lld triple%s to rank", t->name, (long long)sets[0]->n,
                 cli_plural(sets[0]->n));
    for (int i = held_out ? 1 : 0; i < 3; i++) {
        if (sets[i]->n == 0) continue;
        GNN_TRY(cli_rank(run->model, t, names[i], ranking, progress, result));
        if (!gnn_config_has(run->config, "extends"))
            tell_unseen(names[i], cJSON_GetObjectItem(result, names[i]));
    }
cleanup:
    return status;
}

/* Questions a second. */
static void add_speed(double seconds, cJSON *result) {
    double n = 0;
    const cJSON *set;
    cJSON_ArrayForEach(set, result) {
        const cJSON *questions = cJSON_GetObjectItem(set, "questions");
        if (cJSON_IsNumber(questions)) n += questions->valuedouble;
    }
    cli_json_number(result, "seconds_total", seconds);
    cli_json_number(result, "items_per_second", n / (seconds > 0 ? seconds : 1e-9));
}

gnn_status cli_embed_eval(const char *path, const cli_settings *given,
                          const cli_embed_wish *wish, bool json, cli_progress *progress) {
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
    cli_json_number(result, "seed", (double)emb_model_get_options(run.model)->seed);
    cli_run_add_training(run.run, result);
    double start = cli_now();
    GNN_TRY(rank_sets(&run, &t, &ranking, progress, result));
    add_speed(cli_now() - start, result);
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
