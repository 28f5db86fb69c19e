using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Core.Tracing;

namespace ServerlessMme.Core.Requests;

/// <summary>
/// A request to label some of one model's images, all images with a prefix, or an archive's entries; or to list the
/// images of a re-scoring job.
/// </summary>
/// <param name="Images">Names in the model's container that <see cref="ImageName"/> allows.</param>
/// <param name="Prefix">
/// Requests every image whose name starts with it. In this case, <paramref name="Images"/> is empty.
/// </param>
/// <param name="Job">The job that the request is part of, if any.</param>
/// <param name="Version">The model version that the sender saw published, if any.</param>
/// <param name="SkipLabeled">
/// True if labels may already exist (a retry or a batch): images whose label is current are skipped.
/// </param>
/// <param name="Archive">
/// Requests every entry of this archive, which is the only name in <paramref name="Images"/>.
/// </param>
/// <param name="IsRescore">
/// Requests that the images of <paramref name="Job"/> be listed and sent. In this case, <paramref name="Images"/> is
/// empty.
/// </param>
/// <param name="Top">Number of classes in the answer; null uses the manifest's.</param>
/// <param name="Trace">The trace that the message is part of, if any.</param>
public sealed record ClassifyRequest(
    ModelName Model,
    IReadOnlyList<string> Images,
    string? Prefix = null,
    string? Job = null,
    string? Version = null,
    bool SkipLabeled = false,
    string? Archive = null,
    bool IsRescore = false,
    int? Top = null,
    TraceContext? Trace = null)
{
    /// <summary>True for long work that other requests should not wait for.</summary>
    public bool TakesLong => Archive is not null || IsRescore;

    /// <summary>
    /// Splits the request so that each archive has its own. This is the only place where a drop's name decides how it
    /// is read.
    /// </summary>
    public IEnumerable<ClassifyRequest> SplitArchives()
    {
        var images = Images.Where(image => !ArchiveName.IsArchive(image)).ToList();
        if (images.Count > 0 || Prefix is not null || IsRescore)
        {
            yield return this with { Images = images };
        }

        foreach (var archive in Images.Where(ArchiveName.IsArchive))
        {
            yield return this with { Images = [archive], Archive = archive };
        }
    }
}
