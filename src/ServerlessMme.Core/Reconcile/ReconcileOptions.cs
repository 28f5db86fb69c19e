using System.ComponentModel.DataAnnotations;

namespace ServerlessMme.Core.Reconcile;

/// <summary>Sweeps for images without a current label (<c>Mme:Reconcile</c>).</summary>
public sealed class ReconcileOptions
{
    /// <summary>Wait between two sweeps over all models. Zero disables sweeps. Default: 2 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "7.00:00:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Wait before an image that is still not labeled is requested again. Default: 2 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan AskAgainAfter { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Maximum number of recently requested images to remember, over all models. This limits memory use; other images
    /// wait for a later sweep. Default: 50,000.
    /// </summary>
    [Range(1, 10_000_000)]
    public int MaxAsked { get; set; } = 50_000;
}
