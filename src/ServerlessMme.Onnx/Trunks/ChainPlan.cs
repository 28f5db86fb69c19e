namespace ServerlessMme.Onnx.Trunks;

/// <summary>Chooses where to cut a model: at the places after which other known models differ from it.</summary>
internal static class ChainPlan
{
    /// <summary>Chooses the places, in order from the input. Empty if the model runs as a whole.</summary>
    /// <param name="cuts">All places where it may be cut.</param>
    public static IReadOnlyList<CutPoint> Of(IReadOnlyList<CutPoint> cuts, Func<CutPoint, bool> isBranch)
    {
        var chosen = new List<CutPoint>();
        CutPoint? deepest = null;
        var work = 0L;
        foreach (var cut in cuts.Where(isBranch))
        {
            deepest = cut;
            // Each part costs a session run. Parts that two models share must end at the same places, so the choice of
            // a place depends only on the places before it.
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
