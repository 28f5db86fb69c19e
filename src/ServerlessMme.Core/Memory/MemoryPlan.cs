using System.Globalization;

namespace ServerlessMme.Core.Memory;

/// <summary>How a process divides its memory. All parts are in bytes and add up to the limit.</summary>
/// <param name="LimitBytes">Maximum memory of the process.</param>
/// <param name="IsContainer">True if a control group sets the limit.</param>
/// <param name="HeadroomBytes">.NET, code, and everything that isn't counted.</param>
/// <param name="ImageBytes">Encoded images.</param>
/// <param name="DecodingBytes">Decoders and their pixels.</param>
/// <param name="ScoringBytes">Input tensors and the allocations of model runs.</param>
/// <param name="BodyBytes">Bodies of HTTP requests; 0 without a server.</param>
/// <param name="ModelBytes">Loaded models.</param>
public sealed record MemoryPlan(
    long LimitBytes,
    bool IsContainer,
    long HeadroomBytes,
    long ImageBytes,
    long DecodingBytes,
    long ScoringBytes,
    long BodyBytes,
    long ModelBytes)
{
    private const long MiB = 1 << 20;

    private const long MinPartBytes = 4 * MiB;

    // Loading a model of a few megabytes briefly takes this much.
    private const long MinModelBytes = 32 * MiB;

    /// <summary>The smallest part for encoded images that fits the largest image while it is read, in bytes.</summary>
    public required long MinImageBytes { get; init; }

    /// <summary>True if a setting sets the limit.</summary>
    public bool IsSet { get; init; }

    /// <summary>Divides the limit. Parts set in the options are kept as they are; models get the rest.</summary>
    /// <param name="modelBytes">The models' part from its own setting; 0 for the rest.</param>
    /// <param name="imageBytes">Memory of the largest image while it is read.</param>
    public static MemoryPlan Create(MemoryOptions options, long modelBytes, long imageBytes)
    {
        var limit = options.FindLimit();
        var headroom = Or(options.HeadroomBytes, (96 * MiB) + (limit / 8));
        var minImages = MemoryGate.CapacityFor(imageBytes);
        var images = Or(options.ImageBytes, Math.Max(minImages, limit / 16));
        var decoding = Or(options.DecodingBytes, limit / 8);
        var scoring = Or(options.ScoringBytes, limit / 8);
        var models = Or(modelBytes, Math.Max(0, limit - headroom - images - decoding - scoring - options.BodyBytes));
        var isContainer = options.LimitBytes == 0 && ContainerMemory.Find().IsContainer;
        return new MemoryPlan(
            limit, isContainer, headroom, images, decoding, scoring, options.BodyBytes, models)
        {
            MinImageBytes = minImages,
            IsSet = options.LimitBytes > 0,
        };
    }

    /// <summary>
    /// Explains why the parts don't add up and which settings to change. Returns null if they add up.
    /// </summary>
    public string? FindProblem()
    {
        foreach (var (name, bytes) in new[]
        {
            (nameof(MemoryOptions.DecodingBytes), DecodingBytes), (nameof(MemoryOptions.ScoringBytes), ScoringBytes),
        })
        {
            if (bytes < MinPartBytes)
            {
                return $"Mme:Memory:{name} is {bytes} bytes, but must be at least {MinPartBytes}, or 0 to use the "
                    + "default.";
            }
        }

        if (ImageBytes < MinImageBytes)
        {
            return $"Mme:Memory:ImageBytes is {ImageBytes} bytes, but must be at least {MinImageBytes} to fit an image "
                + "of Mme:Images:MaxBytes, or 0 to use the default.";
        }

        var sum = (Int128)HeadroomBytes + ImageBytes + DecodingBytes + ScoringBytes + BodyBytes + ModelBytes;
        if (sum <= LimitBytes && ModelBytes >= MinModelBytes)
        {
            return null;
        }

        return (ModelBytes < MinModelBytes
            ? $"The memory plan leaves less than {InMiB(MinModelBytes)} MiB for models, too little to load one: "
                + $"{this}. "
            : $"The parts of the memory plan exceed its limit: {this}. ")
            + (IsContainer
                ? "Give the container more memory, "
                : "Raise Mme:Memory:LimitBytes, in bytes, to the memory that the process may use, ")
            + "or make a part smaller. Mme:Models:BudgetBytes sets the part for models; settings in "
            + "Mme:Memory set the other parts.";
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{InMiB(LimitBytes)} MiB ({Source}) = models {InMiB(ModelBytes)} + "
        + $"scoring {InMiB(ScoringBytes)} + decoding {InMiB(DecodingBytes)} + images {InMiB(ImageBytes)} + "
        + (BodyBytes > 0 ? $"bodies {InMiB(BodyBytes)} + " : "")
        + $"headroom {InMiB(HeadroomBytes)}";

    private string Source => IsContainer ? "the container's limit" : IsSet ? "limit" : "the machine's memory";

    private static long Or(long set, long planned) => set > 0 ? set : planned;

    private static string InMiB(long bytes) => (bytes / MiB).ToString(CultureInfo.InvariantCulture);
}
