namespace ServerlessMme.Core.Pipeline;

/// <summary>What became of a batch's images.</summary>
/// <param name="Done">Labelled.</param>
/// <param name="Refused">Answered with an error.</param>
/// <param name="Skipped">Left alone, because their label was current.</param>
public readonly record struct BatchCounts(int Done, int Refused, int Skipped)
{
    public static BatchCounts operator +(BatchCounts a, BatchCounts b) => Add(a, b);

    public static BatchCounts Add(BatchCounts a, BatchCounts b) =>
        new(a.Done + b.Done, a.Refused + b.Refused, a.Skipped + b.Skipped);
}
