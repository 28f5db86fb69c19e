




using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;

namespace ServerlessMme.Core.Requests;

/// <summary>What a message asks for: some of one model's images, all with a prefix, or an archive's.</summary>
/// <param name="Images">Names in the model's container, each of the form that <see cref="ImageName"/> allows.</param>
/// <param name="Prefix">Asks for every image whose name begins so, instead of <paramref name="Images"/>.</param>
/// <param name="Job">The job that this is part of, if any.</param>
/// <param name="Version">The model version that the sender saw published, if it saw any.</param>
/// <param name="SkipLabelled">
/// True when labels may exist already (a retry, a batch): an image whose label is current is left alone.
/// </param>
/// <param name="Archive">Asks for every entry of this archive, the only one of <paramref name="Images"/>.</param>
/// <param name="Top">Classes in the answer; null takes what the manifest says.</param>
public sealed record ClassifyRequest(
    ModelName Model,
    IReadOnlyList<string> Images,
    string? Prefix = null,
    string? Job = null,
    string? Version = null,
    bool SkipLabelled = false,
    string? Archive = null,
    int? Top = null);
