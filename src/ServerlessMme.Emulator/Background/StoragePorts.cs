namespace ServerlessMme.Emulator.Background;

/// <summary>The ports of 127.0.0.1 that storage listens on.</summary>
public sealed record StoragePorts(int Blob, int Queue, int Table)
{
    /// <summary>Azurite's default ports, which <c>UseDevelopmentStorage=true</c> stands for.</summary>
    public static StoragePorts Default { get; } = new(10000, 10001, 10002);
}

/// <summary>The ports that a user requests. Null requests the default port, and zero any free port.</summary>
public sealed record PortRequest(int? Blob = null, int? Queue = null, int? Table = null)
{
    internal StoragePorts OrDefault() => new(
        Blob ?? StoragePorts.Default.Blob, Queue ?? StoragePorts.Default.Queue, Table ?? StoragePorts.Default.Table);

    /// <summary>Returns true if storage on these ports satisfies the request.</summary>
    internal bool IsMetBy(StoragePorts ports) =>
        IsMet(Blob, ports.Blob) && IsMet(Queue, ports.Queue) && IsMet(Table, ports.Table);

    private static bool IsMet(int? asked, int port) => asked is null or 0 || asked == port;
}
