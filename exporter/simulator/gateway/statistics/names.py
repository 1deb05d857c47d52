"""The property names that statistics know, as real gateways list them, misspellings included.

Sorted into blocks by the types that share them; `properties.py` puts the blocks together per type and release.
"""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


EVERYWHERE = _names(
    """
    activeMovingInBckRebuildJobs activeMovingInFwdRebuildJobs activeMovingInNormRebuildJobs
    activeMovingInRebalanceJobs activeMovingOutBckRebuildJobs activeMovingOutFwdRebuildJobs
    activeMovingOutNormRebuildJobs activeMovingRebalanceJobs BackgroundScannedInMB bckRebuildReadBwc
    bckRebuildWriteBwc capacityInUseInKb capacityInUseNoOverheadInKb capacityLimitInKb
    compressedDataCompressionRatio compressionRatio degradedFailedVacInKb degradedHealthyVacInKb failedVacInKb
    fglCompressedDataSizeInKb fglSparesInKb fglUncompressedDataSizeInKb fglUserDataCapacityInKb fwdRebuildReadBwc
    fwdRebuildWriteBwc inMaintenanceVacInKb inUseVacInKb logWrittenBlocksInKb maxCapacityInKb
    maxUserDataCapacityInKb metadataOverheadInKb mgUserDdataCcapacityInKb netCapacityInUseInKb
    netCapacityInUseNoOverheadInKb netFglCompressedDataSizeInKb netFglSparesInKb netFglUncompressedDataSizeInKb
    netFglUserDataCapacityInKb netMaxUserDataCapacityInKb netMetadataOverheadInKb netMgUserDataCapacityInKb
    netProvisionedAddressesInKb netSnapshotCapacityInKb netThinUserDataCapacityInKb netTrimmedUserDataCapacityInKb
    netUnusedCapacityInKb
    netUserDataCapacityInKb netUserDataCapacityNoTrimInKb normRebuildReadBwc normRebuildWriteBwc
    pendingMovingInBckRebuildJobs pendingMovingInFwdRebuildJobs pendingMovingInNormRebuildJobs
    pendingMovingInRebalanceJobs pendingMovingOutBckRebuildJobs pendingMovingOutFwdRebuildJobs
    pendingMovingOutNormrebuildJobs pendingMovingRebalanceJobs primaryReadBwc primaryReadFromDevBwc
    primaryReadFromRmcacheBwc primaryVacInKb primaryWriteBwc protectedVacInKb provisionedAddressesInKb
    rebalanceReadBwc rebalanceWriteBwc rfacheReadHit rfacheWriteHit rfcacheAvgReadTime rfcacheAvgWriteTime
    rfcacheIoErrors rfcacheIosOutstanding rfcacheIosSkipped rfcacheReadMiss rfcacheReadsFromCache
    rfcacheReadsPending rfcacheReadsReceived rfcacheReadsSkipped rfcacheReadsSkippedAlignedSizeTooLarge
    rfcacheReadsSkippedHeavyLoad rfcacheReadsSkippedInternalError rfcacheReadsSkippedLockIos
    rfcacheReadsSkippedLowResources rfcacheReadsSkippedMaxIoSize rfcacheReadsSkippedStuckIo
    rfcacheSkippedUnlinedWrite rfcacheSourceDeviceReads rfcacheSourceDeviceWrites rfcacheWriteMiss
    rfcacheWritePending rfcacheWritesReceived rfcacheWritesSkippedCacheMiss rfcacheWritesSkippedHeavyLoad
    rfcacheWritesSkippedInternalError rfcacheWritesSkippedLowResources rfcacheWritesSkippedMaxIoSize
    rfcacheWritesSkippedStuckIo rmPendingAllocatedInKb rmPendingThickInKb secondaryReadBwc secondaryReadFromDevBwc
    secondaryReadFromRmcacheBwc secondaryVacInKb secondaryWriteBwc semiProtectedVacInKb snapCapacityInUseInKb
    snapCapacityInUseOccupiedInKb snapshotCapacityInKb tempCapacityVacInKb thickCapacityInUseInKb
    thinCapacityAllocatedInKb thinCapacityAllocatedInKm thinCapacityInUseInKb totalReadBwc totalWriteBwc
    trimmedUserDataCapacityInKb unreachableUnusedCapacityInKb unusedCapacityInKb userDataCapacityInKb
    userDataCapacityNoTrimInKb volMigrationReadBwc volMigrationWriteBwc
    """
)
"""StoragePool, System, ProtectionDomain, Sds and Device."""
POOLS_AND_ABOVE = _names(
    """
    activeBckRebuildCapacityInKb activeFwdRebuildCapacityInKb activeMovingCapacityInKb activeNormRebuildCapacityInKb
    activeRebalanceCapacityInKb aggregateCompressionLevel atRestCapacityInKb bckRebuildCapacityInKb
    capacityAvailableForVolumeAllocationInKb degradedFailedCapacityInKb degradedHealthyCapacityInKb
    failedCapacityInKb fwdRebuildCapacityInKb inMaintenanceCapacityInKb movingCapacityInKb normRebuildCapacityInKb
    numOfMappedToAllVolumes numOfSnapshots numOfThickBaseVolumes numOfThinBaseVolumes numOfUnmappedVolumes
    numOfVolumes numOfVolumesInDeletion numOfVtrees overallUsageRatio pendingBckRebuildCapacityInKb
    pendingFwdRebuildCapacityInKb pendingMovingCapacityInKb pendingNormRebuildCapacityInKb
    pendingRebalanceCapacityInKb protectedCapacityInKb rebalanceCapacityInKb semiProtectedCapacityInKb
    spareCapacityInKb tempCapacityInKb thinAndSnapshotRatio userDataReadBwc userDataSdcReadLatency
    userDataSdcTrimLatency userDataSdcWriteLatency userDataTrimBwc userDataWriteBwc volumeAddressSpaceInKb
    volumeAllocationLimitInKb vtreeAddresSpaceInKb
    """
)
"""StoragePool, ProtectionDomain and System."""
POOL_ONLY = _names(
    """
    activeEnterProtectedMaintenanceModeCapacityInKb activeExitProtectedMaintenanceModeCapacityInKb
    activeMovingInEnterProtectedMaintenanceModeJobs activeMovingInExitProtectedMaintenanceModeJobs
    activeMovingOutEnterProtectedMaintenanceModeJobs activeMovingOutExitProtectedMaintenanceModeJobs
    currentFglMigrationSizeInKb enterProtectedMaintenanceModeCapacityInKb enterProtectedMaintenanceModeReadBwc
    enterProtectedMaintenanceModeWriteBwc exitProtectedMaintenanceModeReadBwc exitProtectedMaintenanceModeWriteBwc
    exposedCapacityInKb inaccessibleCapacityInKb migratingVolumeIds migratingVtreeIds numOfDeviceAtFaultRebuilds
    numOfMarkedVolumesForReplication numOfIncomingVtreeMigrations numOfMigratingVolumes numOfMigratingVtrees
    numOfOutgoingMigrations
    numOfReplicationJournalVolumes pendingEnterProtectedMaintenanceModeCapacityInKb
    pendingExitProtectedMaintenanceModeCapacityInKb pendingMovingInEnterProtectedMaintenanceModeJobs
    pendingMovingInExitProtectedMaintenanceModeJobs pendingMovingOutEnterProtectedMaintenanceModeJobs
    pendingMovingOutExitProtectedMaintenanceModeJobs persistentChecksumBuilderProgress
    persistentChecksumCapacityInKb rplJournalCapAllowed rplTotalJournalCap rplUsedJournalCap targetOtherLatency
    targetReadLatency targetWriteLatency totalFglMigrationSizeInKb volumeIds vtreeIds
    """
)
"""StoragePool."""
CACHE_DEVICES = _names(
    """
    checksumCapacityInKb rfcacheFdAvgReadTime rfcacheFdAvgWriteTime rfcacheFdCacheOverloaded rfcacheFdInlightReads
    rfcacheFdInlightWrites rfcacheFdIoErrors rfcacheFdMonitorErrorStuckIo rfcacheFdReadsReceived
    rfcacheFdReadTimeGreater1Min rfcacheFdReadTimeGreater1Sec rfcacheFdReadTimeGreater500Millis
    rfcacheFdReadTimeGreater5Sec rfcacheFdWritesReceived rfcacheFdWriteTimeGreater1Min rfcacheFdWriteTimeGreater1Sec
    rfcacheFdWriteTimeGreater500Millis rfcacheFdWriteTimeGreater5Sec
    """
)
"""System, ProtectionDomain, Sds and Device: the read cache on flash, and checksums."""
CACHE_NODES = _names(
    """
    numOfRfcacheDevices rebalancePerReceiveJobNetThrottlingInKbps rebalanceWaitSendQLength
    rebuildPerReceiveJobNetThrottlingInKbps rebuildWaitSendQLength rfcachePooIosOutstanding rfcachePoolCachePages
    rfcachePoolEvictions rfcachePoolInLowMemoryCondition rfcachePoolIoTimeGreater1Min rfcachePoolLockTimeGreater1Sec
    rfcachePoolLowResourcesInitiatedPassthroughMode rfcachePoolNumCacheDevs rfcachePoolNumSrcDevs
    rfcachePoolPagesInuse rfcachePoolReadHit rfcachePoolReadMiss rfcachePoolReadPendingG10Millis
    rfcachePoolReadPendingG1Millis rfcachePoolReadPendingG1Sec rfcachePoolReadPendingG500Micro
    rfcachePoolReadsPending rfcachePoolSize rfcachePoolSourceIdMismatch rfcachePoolSuspendedIos
    rfcachePoolSuspendedPequestsRedundantSearchs rfcachePoolWriteHit rfcachePoolWriteMiss rfcachePoolWritePending
    rfcachePoolWritePendingG10Millis rfcachePoolWritePendingG1Millis rfcachePoolWritePendingG1Sec
    rfcachePoolWritePendingG500Micro rmcache128kbEntryCount rmcache16kbEntryCount rmcache32kbEntryCount
    rmcache4kbEntryCount rmcache64kbEntryCount rmcache8kbEntryCount rmcacheBigBlockEvictionCount
    rmcacheBigBlockEvictionSizeCountInKb rmcacheCurrNumOf128kbEntries rmcacheCurrNumOf16kbEntries
    rmcacheCurrNumOf32kbEntries rmcacheCurrNumOf4kbEntries rmcacheCurrNumOf64kbEntries rmcacheCurrNumOf8kbEntries
    rmcacheEntryEvictionCount rmcacheEntryEvictionSizeCountInKb rmcacheNoEvictionCount rmcacheSizeInKb
    rmcacheSizeInUseInKb rmcacheSkipCountCacheAllBusy rmcacheSkipCountLargeIo rmcacheSkipCountUnaligned4kbIo
    vtreeMigrationPerReceiveJobNetThrottlingInKbps vtreeMigrationWaitSendQLength
    """
)
"""System, ProtectionDomain and Sds: the caches in memory and on flash, and throttling."""
SYSTEM_ONLY = _names(
    """
    numCmatrixPolicyChanges numDevErrors numOfAccelerationPools numOfFaultSets numOfProtectionDomains numOfSdc
    numOfSds numOfSnapPolicies numOfStoragePools numOfVtreeMigrationsInSystem numOscillationCountersPassedThreshold
    numSdSdcDisconnections numSdsReconnections numSmartAttributesPassedThreshold numSnapshotsTaken
    numVolumeMigrationsPerformed protectionDomainIds sdcIds snapPolicyIds
    """
)
"""System."""
SDS_ONLY = _names(
    """
    accelerationDeviceIds deviceIds rfcachePoolContinuosMem rfcachePoolMaxIoSize rfcachePoolNumOfDriverTheads
    rfcachePoolOpmode rfcachePoolPageSize rfcachePoolSuspendedIosMax spSdsIds
    """
)
"""Sds."""
DEVICE_ONLY = _names(
    """
    avgReadLatencyInMicrosec avgReadSizeInBytes avgWriteLatencyInMicrosec avgWriteSizeInBytes
    changelogDestageCompletionPercent checksumCalculationCompletionPercent checksumMigrationCompletionPercent
    currentChecksumMigrationSizeInKB currentChecksumProtectedCombsNum currentFglMigrationSizeInKb
    fglMigrationCompletionPercent numChangelogRecordsLeftToDestage totalChangelogRecordsToDestage
    totalChecksumMigrationSizeInKB totalChecksumProtectedCombsNum totalFglMigrationSizeInKb
    """
)
"""Device."""
VOLUME = _names(
    """
    childVolumeIds descendantVolumeIds initiatorSdcId mappedSdcIds numOfChildVolumes numOfDescendantVolumes
    numOfMappedSdcs registrationKey registrationKeys replicationJournalVolume replicationState reservationType
    rplTotalJournalCap rplUsedJournalCap userDataReadBwc userDataSdcReadLatency userDataSdcTrimLatency
    userDataSdcWriteLatency userDataTrimBwc userDataWriteBwc
    """
)
"""Volume."""
SDC = _names(
    """
    numOfMappedVolumes userDataReadBwc userDataSdcReadLatency userDataSdcTrimLatency userDataSdcWriteLatency
    userDataTrimBwc userDataWriteBwc volumeIds
    """
)
"""Sdc."""
VTREE = _names(
    """
    baseNetCapacityInUseInKb netCapacityInUseInKb netProvisionedAddressesInKb numOfVolumes provisionedAddressesInKb
    snapNetCapacityInUseInKb trimmedCapacityInKb volumeIds
    """
)
"""VTree. No complete list is known: the names of 2.6, and the one that CloudStack reads from 3.x on."""
SDR = _names(
    """
    journalerReadBwc journalerWriteBwc numActiveSessions numRecoverySessions
    """
)
"""Sdr, of which the scenario has none."""
SNAPSHOT_POLICY = _names(
    """
    autoSnapshotVolIds expiredButLockedSnapshotsIds numOfAutoSnapshots numOfExpiredButLockedSnapshots numOfSrcVols
    srcVolIds
    """
)
"""SnapshotPolicy, of which the scenario has none."""
BEFORE_BACKGROUND_SCAN = _names(
    """
    BackgroundScanCompareCount fixedReadErrorCount
    """
)
"""Up to 3.5, where capacity is counted."""
BACKGROUND_SCAN = _names(
    """
    backgroundScanCompareErrorCount backgroundScanFixedCompareErrorCount backgroundScanFixedReadErrorCount
    backgroundScanReadErrorCount thinUserDataCapacityInKb
    """
)
"""From 3.6, where capacity is counted."""
FROM_4_0 = _names(
    """
    ActualNetCapacityInUseInKb totalVolumeAllocationLimitInKb
    """
)
"""From 4.0: StoragePool, ProtectionDomain and System."""
SYSTEM_FROM_4_0 = _names(
    """
    numOfMarkedVolumesForReplication numOfSdts numSdrSdcDisconnections sdtIds
    """
)
"""From 4.0: System."""
