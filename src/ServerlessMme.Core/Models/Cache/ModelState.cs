namespace ServerlessMme.Core.Models.Cache;

/// <summary>Where one version of a model stands in the cache.</summary>
public enum ModelState
{
    /// <summary>Queued, being downloaded, or being loaded. Its reserved bytes count.</summary>
    Loading,

    /// <summary>Can be leased.</summary>
    Ready,

    /// <summary>Evicted or replaced: no new leases, unloaded after the last one. Its bytes still count.</summary>
    Draining,

    /// <summary>Its memory is free again.</summary>
    Unloaded,

    /// <summary>It could not be loaded.</summary>
    Failed,
}
