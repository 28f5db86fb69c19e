using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Requests;

/// <summary>A message that could be read.</summary>
/// <param name="Requests">The requests in it; empty if all of its parts are refused.</param>
/// <param name="Refusals">
/// Refusals of parts that cannot be requested, such as an image name that points outside its container.
/// </param>
public sealed record ParsedMessage(IReadOnlyList<ClassifyRequest> Requests, IReadOnlyList<Refusal> Refusals);
