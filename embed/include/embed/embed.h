/* Everything of the embedding trainer. */
#ifndef EMBED_EMBED_H
#define EMBED_EMBED_H

#include <embed/calibrate.h>
#include <embed/evaluate.h>
#include <embed/model.h>
#include <embed/query.h>
#include <embed/scorer.h>
#include <embed/train.h>

#endif
