namespace ServerlessMme.Core.Models.Cache;

/// <summary>Why a model that was ready is unloaded; the tag <c>reason</c> of <c>ModelEvictions</c>.</summary>
internal enum UnloadReason
{
    /// <summary>Another model needs its memory.</summary>
    Room,

    /// <summary>A newer artifact took over.</summary>
    Replaced,

    /// <summary>Nothing is published under its name any more.</summary>
    Removed,

    /// <summary>The cache ends.</summary>
    Shutdown,
}
