using System.ComponentModel.DataAnnotations;
using ServerlessMme.Functions.Triggers;

namespace ServerlessMme.Functions.Hosting;

/// <summary>How work reaches the Functions app (<c>Mme:Triggers</c>).</summary>
public sealed class TriggerOptions
{
    /// <summary>Models that may each have a blob trigger of their own.</summary>
    public const int MaxBlobTriggers = 200;

    /// <summary>
    /// True registers a blob trigger for each model that is published when the app starts. Default: false; drops
    /// arrive as events on the queue <c>classify</c>, for any number of models.
    /// </summary>
    public bool Blobs { get; set; }

    /// <summary>What tells blob triggers of a drop. Default: polling, which Flex Consumption lacks.</summary>
    [EnumDataType(typeof(DropSource))]
    public DropSource BlobSource { get; set; } = DropSource.Polling;

    /// <summary>When all models are swept for what has no current label (NCRONTAB). Default: hourly.</summary>
    [Required]
    public string ReconcileSchedule { get; set; } = "0 0 * * * *";

    /// <summary>
    /// How long one message, drop or sweep may take before it is given back to be tried again. Default: 9 minutes,
    /// below <c>functionTimeout</c> in host.json, at which the host would restart the whole process.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromMinutes(9);
}

/// <summary>What tells a blob trigger of a drop.</summary>
public enum DropSource
{
    /// <summary>The host lists the containers.</summary>
    Polling,

    /// <summary>An Event Grid subscription for each trigger calls the host.</summary>
    EventGrid,
}
