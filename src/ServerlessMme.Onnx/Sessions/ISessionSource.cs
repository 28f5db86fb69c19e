namespace ServerlessMme.Onnx.Sessions;

/// <summary>Reopens a model in use, if there is a better form of it.</summary>
internal interface ISessionSource
{
    /// <summary>Changes when <see cref="OpenAsync"/> may return a better form. Cheap to read.</summary>
    int Version { get; }

    /// <summary>
    /// Returns the session to use from now on, or null if there is no better one. Failures are logged, and the current
    /// session stays in use.
    /// </summary>
    Task<LoadedSession?> OpenAsync(LoadedSession current, CancellationToken cancellation);
}
