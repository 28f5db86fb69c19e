using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Requests;

/// <summary>A message that could be read.</summary>
/// <param name="Requests">What it asks for.</param>
/// <param name="Refusals">Parts of it that cannot be asked for, such as an image name that leaves its container.</param>
public sealed record ParsedMessage(IReadOnlyList<ClassifyRequest> Requests, IReadOnlyList<Refusal> Refusals);
