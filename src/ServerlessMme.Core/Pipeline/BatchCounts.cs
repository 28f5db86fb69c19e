namespace ServerlessMme.Core.Pipeline;

/// <summary>What became of a batch's images.</summary>
/// <param name="Done">Labelled.</param>
/// <param name="Refused">Answered with an error.</param>
/// <param name="Skipped">Left alone, because their label was current.</param>
public readonly record struct BatchCounts(int Done, int Refused, int Skipped);
