using ServerlessMme.Benchmarks.Node;

namespace ServerlessMme.Benchmarks.Pipeline;

/// <summary>
/// Node.js on the same images: all of its arrangements a few times, then the best one in one process and the best one
/// with a process a core, by turns with the pipeline.
/// </summary>
internal static class NodeTurns
{
    private const string Script = "pipeline.mjs";
    private const int Trials = 3;

    public static NodeFigures Run(
        string packages, byte[][] images, string model, int rounds, Func<double> ownPerSecond)
    {
        var trials = Enumerable.Range(0, Trials)
            .Select(_ => NodeScript.Run<NodeReport>(Script, packages, images, model)).ToList();
        var one = Best(trials, run => run.Processes == 1);
        var many = Best(trials, run => run.Processes > 1);
        var turns = new List<(double Own, NodeRun One, NodeRun Many)>();
        for (var round = 0; round < (rounds + 1) / 2; round++)
        {
            turns.Add((ownPerSecond(), Again(one), Again(many)));
        }

        return new NodeFigures(
            Figures.Median(turns.Select(turn => turn.Own / turn.One.PerSecond)),
            Figures.Median(turns.Select(turn => turn.Own / turn.Many.PerSecond)),
            Figures.Median(turns.Select(turn => turn.Own)),
            Figures.Median(turns.Select(turn => turn.One.PerSecond)),
            Figures.Median(turns.Select(turn => Math.Min(turn.One.Microseconds, turn.Many.Microseconds))),
            trials[0].Versions);

        NodeRun Again(string arrangement) =>
            NodeScript.Run<NodeReport>(Script, packages, images, model, "--only", arrangement).Runs[0];
    }

    private static string Best(IEnumerable<NodeReport> trials, Func<NodeRun, bool> isAsked) => trials
        .SelectMany(trial => trial.Runs).Where(isAsked)
        .GroupBy(run => run.Arrangement, run => run.PerSecond)
        .MaxBy(runs => Figures.Median(runs))!.Key;

    private sealed record NodeReport(NodeRun[] Runs, string Versions);

    private sealed record NodeRun(int Processes, string Arrangement, double PerSecond, double Microseconds);
}

/// <summary>What the pipeline and Node.js did by turns; images a second, and microseconds of processor time.</summary>
/// <param name="Ratio">The pipeline over the best arrangement in one process.</param>
/// <param name="RatioProcesses">The pipeline over the best arrangement with a process a core.</param>
internal sealed record NodeFigures(
    double Ratio, double RatioProcesses, double OwnPerSecond, double PerSecond, double Microseconds, string Versions);
