namespace ServerlessMme.Core.Pipeline;

/// <summary>How far one try got with an archive.</summary>
public enum ArchiveState
{
    /// <summary>Every entry is answered.</summary>
    Complete,

    /// <summary>Its answer was already current.</summary>
    Current,

    /// <summary>Its time slice ended. The next request resumes where this one stopped.</summary>
    Paused,
}

/// <summary>The outcome of one try at an archive.</summary>
/// <param name="Counts">Counts of only the entries that this try reached.</param>
public readonly record struct ArchiveResult(ArchiveState State, BatchCounts Counts);
