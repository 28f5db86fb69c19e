using ServerlessMme.Core.Backends;

namespace ServerlessMme.Onnx.Pages;

/// <summary>Samples packs at most once per second, for all callers. Thread-safe.</summary>
internal sealed class PageSample(TimeProvider time)
{
    private const int PagesPerPack = 64;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private PageUse? _last;
    private long _takenAt;

    /// <param name="target">Reads the target for all mapped files, in bytes.</param>
    public PageUse Get(IEnumerable<MappedPack> packs, Func<long?> target)
    {
        lock (_gate)
        {
            if (_last is null || time.GetElapsedTime(_takenAt) >= Every)
            {
                (_last, _takenAt) = (Take(packs, target()), time.GetTimestamp());
            }

            return _last.Value;
        }
    }

    private static PageUse Take(IEnumerable<MappedPack> packs, long? target)
    {
        var (mapped, resident) = (0L, 0L);
        foreach (var pack in packs)
        {
            mapped += pack.Length;
            resident += pack.SampleResident(PagesPerPack);
        }

        return new PageUse(mapped, resident, target);
    }
}
