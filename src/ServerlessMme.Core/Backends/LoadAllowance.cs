using System.Globalization;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Core.Backends;

/// <summary>
/// What loading one model may take. Whoever asks for the load owns the memory; the factory asks it for more.
/// Thread-safe.
/// </summary>
/// <param name="time">Longest time for opening the model, without its first run.</param>
/// <param name="reserve">
/// Reserves this many bytes in place of those reserved before, or as many as there can be; returns the bytes reserved.
/// </param>
public sealed class LoadAllowance(TimeSpan time, Func<long, CancellationToken, Task<long>> reserve)
{
    /// <summary>For a caller outside the cache, who has made sure of the memory.</summary>
    /// <param name="maxBytes">The most that a load may reserve.</param>
    public LoadAllowance(TimeSpan time, long maxBytes)
        : this(time, (bytes, _) => Task.FromResult(Math.Min(bytes, maxBytes)))
    {
    }

    public TimeSpan Time => time;

    /// <summary>The most that one run may take besides its input, in bytes. Default: no bound.</summary>
    public long MaxRunBytes { get; set; } = long.MaxValue;

    /// <summary>A refusal of a model whose runs take more than they may.</summary>
    /// <param name="bytes">What a run on one image takes.</param>
    public Refusal? FindMisfit(ModelName name, long bytes) => bytes <= MaxRunBytes
        ? null
        : new Refusal(
            ErrorCode.ModelTooLarge,
            string.Create(
                CultureInfo.InvariantCulture,
                $"Scoring one image with model '{name}' takes {bytes:N0} bytes of memory, more than the {MaxRunBytes:N0} ")
            + "bytes that one run may take, 9/16 of Mme:Memory:ScoringBytes: raise it, or publish a smaller model.");

    /// <summary>
    /// Reserves memory for the load in place of what was reserved before. May wait for other models to leave.
    /// </summary>
    /// <returns>The bytes reserved: fewer than asked for when there is no more.</returns>
    public Task<long> ReserveAsync(long bytes, CancellationToken cancellationToken) =>
        reserve(bytes, cancellationToken);
}
