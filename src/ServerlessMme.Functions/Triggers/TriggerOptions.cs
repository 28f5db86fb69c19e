using System.ComponentModel.DataAnnotations;

namespace ServerlessMme.Functions.Triggers;

/// <summary>How work reaches the Functions app (<c>Mme:Triggers</c>).</summary>
public sealed class TriggerOptions
{
    /// <summary>Maximum number of models that get a blob trigger each.</summary>
    public const int MaxBlobTriggers = 200;

    /// <summary>
    /// Whether the app registers a blob trigger at startup for each published model, or for <c>cifar10</c> if no model
    /// is published. Default: false; drops arrive as events on the queue <c>classify</c>, for any number of models.
    /// </summary>
    public bool Blobs { get; set; }

    /// <summary>
    /// How blob triggers learn of a drop. Default: polling, which Flex Consumption doesn't support.
    /// </summary>
    [EnumDataType(typeof(DropSource))]
    public DropSource BlobSource { get; set; } = DropSource.Polling;

    /// <summary>
    /// When the app sweeps all models for images without a current label (NCRONTAB). Default: hourly.
    /// </summary>
    [Required]
    public string ReconcileSchedule { get; set; } = "0 0 * * * *";

    /// <summary>
    /// Maximum time for one message, drop or sweep. After that, the app stops it, and it is retried. Default: 9
    /// minutes, below <c>functionTimeout</c> in host.json, at which the host would restart the whole process.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromMinutes(9);
}

/// <summary>How a blob trigger learns of a drop.</summary>
public enum DropSource
{
    /// <summary>The host lists the containers.</summary>
    Polling,

    /// <summary>An Event Grid subscription for each trigger calls the host.</summary>
    EventGrid,
}
