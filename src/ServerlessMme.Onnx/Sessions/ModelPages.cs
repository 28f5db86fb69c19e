using ServerlessMme.Core.Backends;

namespace ServerlessMme.Onnx.Sessions;

/// <summary>The pages of mapped files that a model reads: its trunks' and its own.</summary>
internal readonly struct ModelPages(LoadedSession loaded)
{
    /// <summary>True if no pages are known to be missing. Cheap to check.</summary>
    public bool IsResident
    {
        get
        {
            // No LINQ here, because every request checks this.
            foreach (var trunk in loaded.Trunks)
            {
                if (!trunk.Pages.IsResident)
                {
                    return false;
                }
            }

            return loaded.Pages.IsResident;
        }
    }

    /// <summary>Reads the missing pages. Always returns true.</summary>
    public bool Prefetch()
    {
        foreach (var trunk in loaded.Trunks)
        {
            trunk.Pages.Prefetch();
        }

        loaded.Pages.Prefetch();
        return true;
    }

    /// <summary>Estimates the pages in memory from a sample.</summary>
    public PageUse Sample()
    {
        var use = loaded.Pages.Sample();
        foreach (var trunk in loaded.Trunks)
        {
            var part = trunk.Pages.Sample();
            use = new PageUse(use.MappedBytes + part.MappedBytes, use.ResidentBytes + part.ResidentBytes);
        }

        return use;
    }
}
