#!/usr/bin/python3
"""A training step of ComplEx against all entities in plain PyTorch: softmax, N3, Adagrad.

torch_complex.py [BATCH [STEPS]]   200 floats; sizes of FB15k-237 with reciprocal relations;
                                   triples are random: the arithmetic does not depend on them
"""
import os
import resource
import sys
import time

import torch

ENTITIES, RELATIONS, RANK = 14541, 2 * 237, 100


def n3(numbers):
    """Sum of the cubed lengths of complex numbers, real parts first."""
    real, imaginary = numbers.chunk(2, 1)
    return (real.square() + imaginary.square()).sqrt().pow(3).sum()


def main():
    batch = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    steps = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))
    torch.manual_seed(0)
    entity = torch.nn.Parameter(torch.randn(ENTITIES, 2 * RANK) * 1e-3)
    relation = torch.nn.Parameter(torch.randn(RELATIONS, 2 * RANK) * 1e-3)
    optimizer = torch.optim.Adagrad([entity, relation], lr=0.1)

    def step():
        head, tail = (torch.randint(0, ENTITIES, (batch,)) for _ in range(2))
        h, r, t = entity[head], relation[torch.randint(0, RELATIONS, (batch,))], entity[tail]
        (hr, hi), (rr, ri) = h.chunk(2, 1), r.chunk(2, 1)
        query = torch.cat([hr * rr - hi * ri, hr * ri + hi * rr], 1)
        loss = torch.nn.functional.cross_entropy(query @ entity.t(), tail)
        loss = loss + 0.05 / batch * (n3(h) + n3(r) + n3(t))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    times = []
    for _ in range(steps + 3):
        begun = time.perf_counter()
        step()
        times.append(1e3 * (time.perf_counter() - begun))
    times = sorted(times[3:])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"torch {torch.__version__} batch {batch}: median {times[len(times) // 2]:.3f} ms, "
          f"least {times[0]:.3f} ms over {steps} steps; peak {peak:.0f} MB")


main()
