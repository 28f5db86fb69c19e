using System.Globalization;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Core.Backends;

/// <summary>
/// The time and memory that loading one model may take. The caller that requests the load owns the memory, and the
/// factory reserves it through this object. Thread-safe.
/// </summary>
/// <param name="time">Maximum time for opening the model, without its first run.</param>
/// <param name="reserve">
/// Reserves this many bytes in place of earlier reservations, or as many as are available; returns the bytes reserved.
/// </param>
public sealed class LoadAllowance(TimeSpan time, Func<long, CancellationToken, Task<long>> reserve)
{
    /// <summary>Creates an allowance for a caller outside the cache that has already reserved the memory.</summary>
    /// <param name="maxBytes">The most that a load may reserve.</param>
    public LoadAllowance(TimeSpan time, long maxBytes)
        : this(time, (bytes, _) => Task.FromResult(Math.Min(bytes, maxBytes)))
    {
    }

    public TimeSpan Time => time;

    /// <summary>Maximum memory of one run besides its input, in bytes. Default: unlimited.</summary>
    public long MaxRunBytes { get; set; } = long.MaxValue;

    /// <summary>
    /// Returns the refusal of a model whose runs exceed <see cref="MaxRunBytes"/>; null if they don't.
    /// </summary>
    /// <param name="bytes">Memory of a run on one image.</param>
    public Refusal? FindMisfit(ModelName name, long bytes) => bytes <= MaxRunBytes
        ? null
        : new Refusal(
            ErrorCode.ModelTooLarge,
            string.Create(
                CultureInfo.InvariantCulture,
                $"Scoring one image with model '{name}' takes {bytes:N0} bytes of memory, more than the {MaxRunBytes:N0} ")
            + "bytes allowed per run (9/16 of Mme:Memory:ScoringBytes). Raise the setting or publish a smaller model.");

    /// <summary>
    /// Reserves memory for the load in place of the earlier reservation. May wait until other models are evicted.
    /// </summary>
    /// <returns>The bytes reserved: fewer than requested if no more are available.</returns>
    public Task<long> ReserveAsync(long bytes, CancellationToken cancellationToken) =>
        reserve(bytes, cancellationToken);
}
