using System.ComponentModel.DataAnnotations;

namespace ServerlessMme.Core.Reconcile;

/// <summary>How images without a current label are found (<c>Mme:Reconcile</c>).</summary>
public sealed class ReconcileOptions
{
    /// <summary>Wait between two sweeps over all models. Default: 2 seconds; zero switches sweeps off.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "7.00:00:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long an image that was asked for is given before it is asked for again. Default: 2 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan AskAgainAfter { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Images asked for and not yet seen labelled, over all models; bounds memory. Default: 50,000.</summary>
    [Range(1, 10_000_000)]
    public int MaxAsked { get; set; } = 50_000;
}
