namespace ServerlessMme.Cli.Models.Compress;

/// <param name="Images">The folder of images.</param>
/// <param name="Out">Full path of the folder to write.</param>
/// <param name="MayReplace">True if a model in <paramref name="Out"/> may be replaced.</param>
/// <param name="IsJson">True to print JSON rather than text.</param>
internal sealed record CompressOptions(
    string Images, string Out, CompressBounds Bounds, bool MayReplace, bool IsJson);

/// <summary>Limits on the cost of a copy. All are shares, 0 to 1.</summary>
/// <param name="MaxLoss">Loss of accuracy.</param>
/// <param name="MaxChanged">
/// Images that get a different answer. Null stands for <see cref="DefaultMaxChanged"/> if accuracy is known, and
/// otherwise for <paramref name="MaxLoss"/>.
/// </param>
/// <param name="MaxSlowdown">Increase in time per image.</param>
internal sealed record CompressBounds(
    double MaxLoss = CompressBounds.DefaultMaxLoss,
    double? MaxChanged = null,
    double MaxSlowdown = CompressBounds.DefaultMaxSlowdown)
{
    public const double DefaultMaxLoss = 0.01;
    public const double DefaultMaxChanged = 0.02;
    public const double DefaultMaxSlowdown = 0.02;
}
