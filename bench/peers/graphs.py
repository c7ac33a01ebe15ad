"""What the side-by-side scripts share: the graphs of the benchmarks, and the line they print."""
import os
import resource
import time
import warnings

import numpy as np
import scipy.sparse as sp
import torch

warnings.filterwarnings("ignore")  # torch calls its CSR tensors a beta
torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))


def adjacency(source, target, n):
    """Symmetric 0/1 adjacency without self-loops (CSR, float32)."""
    keep = source != target
    source, target = source[keep], target[keep]
    a = sp.coo_matrix((np.ones(len(source), np.float32), (source, target)), shape=(n, n)).tocsr()
    return ((a + a.T) > 0).astype(np.float32)


def gcn_operator(a):
    """D^-1/2 (A + I) D^-1/2."""
    a = a + sp.eye(a.shape[0], dtype=np.float32)
    d = sp.diags((1 / np.sqrt(np.asarray(a.sum(1)).ravel())).astype(np.float32))
    return (d @ a @ d).tocsr()


def read_folder(folder):
    """A data directory with integer ids: adjacency, row-normalised features, classes, train nodes."""
    def columns(name):
        with open(os.path.join(folder, name), encoding="utf-8") as lines:
            return [line.rstrip("\n").split("\t") for line in lines]

    edges = np.array([row[:2] for row in columns("edges.tsv")], np.int64)
    features = columns("features.tsv")
    n = len(features)
    cells = [(int(node), int(cell.split(":")[0])) for node, words in features for cell in words.split()]
    row, column = np.array(cells, np.int64).T
    x = sp.csr_matrix((np.ones(len(row), np.float32), (row, column)), shape=(n, column.max() + 1))
    total = np.asarray(x.sum(1)).ravel()
    x = (sp.diags(1 / np.maximum(total, 1)) @ x).tocsr().astype(np.float32)
    x.sort_indices()
    label = {int(node): name for node, name in columns("labels.tsv")}
    names = sorted(set(label.values()))
    y = torch.tensor([names.index(label[node]) for node in range(n)])
    train = torch.zeros(n, dtype=torch.bool)
    train[[int(node) for node, part in columns("split.tsv") if part == "train"]] = True
    return adjacency(edges[:, 0], edges[:, 1], n), x, y, train, len(names)


def large():
    """170,000 nodes, 600,000 pairs with a few nodes of very high degree, 128 features, 40 classes."""
    n, pairs = 170_000, 600_000
    random = np.random.default_rng(0)
    source = (n * random.random(pairs) ** 2).astype(np.int64)
    a = adjacency(source, random.integers(0, n, pairs), n)
    torch.manual_seed(0)
    return a, torch.randn(n, 128), torch.randint(0, 40, (n,)), torch.rand(n) < 0.54, 40


def torch_csr(matrix, values=None):
    """A SciPy matrix as a torch CSR tensor, optionally with other values."""
    return torch.sparse_csr_tensor(
        torch.from_numpy(matrix.indptr.astype(np.int64)),
        torch.from_numpy(matrix.indices.astype(np.int64)),
        torch.from_numpy(matrix.data.astype(np.float32)) if values is None else values,
        size=matrix.shape)


def time_steps(name, step, steps):
    """Run `step` so many times; print median and least of all but the first, and peak memory."""
    seconds = []
    for _ in range(steps):
        start = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - start)
    later = np.array(seconds[1:] if steps > 1 else seconds) * 1e3
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"torch {torch.__version__} {name}: step median {np.median(later):.3f} ms, "
          f"least {later.min():.3f} ms, peak {peak:.0f} MB", flush=True)
