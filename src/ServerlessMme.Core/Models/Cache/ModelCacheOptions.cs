namespace ServerlessMme.Core.Models;

/// <summary>Settings of the warm cache (<c>Mme:Models</c>).</summary>
public sealed class ModelCacheOptions
{
    /// <summary>
    /// How long a published version is taken to be the newest before storage is asked again; zero asks for every
    /// request. Default: 1 minute.
    /// </summary>
    public TimeSpan RefreshAfter { get; set; } = TimeSpan.FromMinutes(1);
}
