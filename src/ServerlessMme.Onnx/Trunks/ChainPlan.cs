namespace ServerlessMme.Onnx.Trunks;

/// <summary>Chooses where a model is cut: where other known models begin to differ.</summary>
internal static class ChainPlan
{
    /// <summary>The places, from the input on; none when the model runs as a whole.</summary>
    /// <param name="cuts">All places where it may be cut.</param>
    public static IReadOnlyList<CutPoint> Of(IReadOnlyList<CutPoint> cuts, Func<CutPoint, bool> isBranch)
    {
        var chosen = new List<CutPoint>();
        CutPoint? deepest = null;
        var work = 0L;
        foreach (var cut in cuts.Where(isBranch))
        {
            deepest = cut;
            // Each part costs the run of a session. The parts that two models share must end at the same places, so
            // which one is taken depends only on what lies before it.
            if (cut.Work - work >= Math.Max(CutPoints.LeastWork, work / 8))
            {
                chosen.Add(cut);
                work = cut.Work;
            }
        }

        if (deepest is not null && deepest != chosen.LastOrDefault())
        {
            chosen.Add(deepest);
        }

        return chosen;
    }
}
