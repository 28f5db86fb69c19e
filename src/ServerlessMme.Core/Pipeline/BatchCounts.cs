namespace ServerlessMme.Core.Pipeline;

/// <summary>A batch's images by result.</summary>
/// <param name="Done">Labeled.</param>
/// <param name="Refused">Answered with an error.</param>
/// <param name="Skipped">Not scored, because their label was current.</param>
public readonly record struct BatchCounts(int Done, int Refused, int Skipped);
